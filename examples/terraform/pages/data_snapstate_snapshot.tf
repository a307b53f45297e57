data "snapstate_snapshot" "golden" {
  target   = "/DC0/vm/web-1"
  snapshot = "golden"
}
