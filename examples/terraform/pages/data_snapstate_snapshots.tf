data "snapstate_snapshots" "web" {
  target = "/DC0/vm/web-1"
}

output "foreign" {
  value = [for one in data.snapstate_snapshots.web.snapshots : one.name if !one.managed]
}
