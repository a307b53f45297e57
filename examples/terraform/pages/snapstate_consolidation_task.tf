resource "snapstate_consolidation_task" "tidy" {
  target                = "/DC0/vm/web-1"
  refuse_with_snapshots = true
}
