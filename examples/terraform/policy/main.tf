# A series: one snapshot for each run that is due, and only the last ones kept. Run `tofu apply` from cron or a CI schedule.
# The connection comes from SNAPSTATE_DEFAULT_PLATFORM, SNAPSTATE_DEFAULT_ENDPOINT and so on.

terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  owner = "policy-example"
}

variable "vms" {
  type    = list(string)
  default = ["/DC0/vm/DC0_C0_RP0_VM0", "/DC0/vm/DC0_C0_RP0_VM1"]
}

resource "snapstate_snapshot_policy" "nightly" {
  targets   = var.vms
  label     = "nightly"
  schedule  = "0 2 * * *"
  time_zone = "Europe/Paris"
  keep_last = 3
  max_age   = "7d"
}

output "kept" {
  value = snapstate_snapshot_policy.nightly.kept
}
