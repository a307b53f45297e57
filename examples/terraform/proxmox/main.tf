# A snapshot of a guest on Proxmox VE before each release.
#
#   tofu apply                  takes the snapshot
#   tofu apply -var release=v2  takes another one for the next release, and then removes the old one

terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  # A word of your own, one for each root module and workspace.
  owner = "proxmox-example-${terraform.workspace}"
  connections = {
    default = {
      platform  = "proxmox"
      endpoint  = var.endpoint
      api_token = var.api_token
      ca_file   = var.ca_file
    }
  }
}

variable "endpoint" {
  type = string
}

variable "api_token" {
  description = "Whole, as in user@realm!token-id=secret."
  type        = string
  sensitive   = true
}

variable "ca_file" {
  description = "The cluster's authority, /etc/pve/pve-root-ca.pem. Leave it out where Node knows the authority."
  type        = string
  default     = null
}

variable "guest" {
  description = "A vmid, node/vmid, pool/name, or a name that no other guest has."
  type        = string
  default     = "web"
}

variable "release" {
  type    = string
  default = "v1"
}

resource "snapstate_snapshot" "before" {
  target = var.guest
  # A guest has one snapshot of a name, so that each release needs one of its own.
  name        = "before-${var.release}"
  description = "Before ${var.release}"
  triggers    = [var.release]
  ttl         = "7d"

  lifecycle {
    # The new restore point is there before the old one goes.
    create_before_destroy = true
  }
}

output "restore_point" {
  value = snapstate_snapshot.before.id
}
