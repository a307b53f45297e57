resource "snapstate_snapshot" "before" {
  target      = "/DC0/vm/web-1"
  name        = "before-release"
  description = "Before the release of November"
  triggers    = ["2026-11"]
  ttl         = "72h"

  lifecycle {
    # The new restore point is there before the old one goes.
    create_before_destroy = true
  }
}
