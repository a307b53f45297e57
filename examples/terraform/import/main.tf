# Takes snapshots that exist under management: nothing on the platform changes.
# The connection comes from SNAPSTATE_DEFAULT_PLATFORM, SNAPSTATE_DEFAULT_ENDPOINT and so on.

terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  owner = "import-example"
}

variable "vm" {
  type    = string
  default = "/DC0/vm/DC0_C0_RP0_VM0"
}

# By path: connection, the VM's inventory path, the snapshot's name.
import {
  to = snapstate_snapshot.golden
  id = "default/${var.vm}/golden"
}

resource "snapstate_snapshot" "golden" {
  target = var.vm
  name   = "golden"
}
