data "snapstate_target_check" "web" {
  target = "/DC0/vm/web-1"
}

output "ready" {
  value = data.snapstate_target_check.web.ready
}
