resource "snapstate_recovery_point" "consistent" {
  target      = "/DC0/vm/database"
  name        = "before-migration"
  consistency = "filesystem"
  hold        = true

  lifecycle {
    create_before_destroy = true
  }
}
