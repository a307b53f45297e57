# A snapshot of every VM that can take one. Those that cannot are listed in an output, with `snapstate_target_check` saying why.
# The connection comes from SNAPSTATE_DEFAULT_PLATFORM, SNAPSTATE_DEFAULT_ENDPOINT and so on.

terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  owner = "many-example"
}

variable "vms" {
  type    = set(string)
  default = ["/DC0/vm/DC0_C0_RP0_VM0", "/DC0/vm/DC0_C0_RP0_VM1"]
}

data "snapstate_target_check" "vm" {
  for_each = var.vms
  target   = each.key
}

resource "snapstate_snapshot" "all" {
  for_each = { for path, check in data.snapstate_target_check.vm : path => check if check.ready }
  target   = each.key
  name     = "before-maintenance"
  ttl      = "72h"
}

output "not_ready" {
  value = [for path, check in data.snapstate_target_check.vm : path if !check.ready]
}
