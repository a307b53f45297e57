resource "snapstate_volume" "copy" {
  connection_name = "cloudstack"
  snapshot        = "9a4a1d2e-6b1c-4d8e-9f5a-0f1c2b3d4e5f"
  name            = "data-copy"
  attach_to       = "test-vm"
}
