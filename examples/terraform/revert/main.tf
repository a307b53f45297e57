# A snapshot before a change, and the way back.
#
#   tofu apply                            takes the snapshot
#   tofu apply -var release=v2            takes another one for the next release, and removes the old one
#   tofu apply -var 'revert=["v2 failed"]'  goes back to it, once

terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  # A word of your own, one for each root module and workspace.
  owner = "revert-example-${terraform.workspace}"
  connections = {
    default = {
      platform    = "vsphere"
      endpoint    = var.endpoint
      username    = var.username
      password    = var.password
      fingerprint = var.fingerprint
    }
  }
}

variable "endpoint" {
  type = string
}

variable "username" {
  type = string
}

variable "password" {
  type      = string
  sensitive = true
}

variable "fingerprint" {
  description = "SHA-256 of vCenter's certificate. Leave it out where the certificate is signed by an authority that Node knows."
  type        = string
  default     = null
}

variable "vm" {
  type    = string
  default = "/DC0/vm/DC0_C0_RP0_VM0"
}

variable "release" {
  type    = string
  default = "v1"
}

variable "revert" {
  description = "Another list reverts once. An empty one reverts nothing."
  type        = list(string)
  default     = []
}

resource "snapstate_snapshot" "before" {
  target      = var.vm
  name        = "before-release"
  description = "Before ${var.release}"
  triggers    = [var.release]
  ttl         = "7d"

  lifecycle {
    # The new restore point is there before the old one goes.
    create_before_destroy = true
  }
}

resource "snapstate_restore" "back" {
  target   = var.vm
  snapshot = snapstate_snapshot.before.id
  triggers = var.revert
}

output "restore_point" {
  value = snapstate_snapshot.before.id
}
