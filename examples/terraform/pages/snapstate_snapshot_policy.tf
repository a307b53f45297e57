resource "snapstate_snapshot_policy" "nightly" {
  targets   = ["/DC0/vm/web-1", "/DC0/vm/web-2"]
  label     = "nightly"
  schedule  = "0 2 * * *"
  time_zone = "Europe/Paris"
  keep_last = 3
}
