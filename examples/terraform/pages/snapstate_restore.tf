variable "revert" {
  type    = list(string)
  default = []
}

resource "snapstate_restore" "back" {
  target   = "/DC0/vm/web-1"
  snapshot = "before-release"
  # Another list reverts once. Without triggers nothing is ever reverted.
  triggers = var.revert
}
