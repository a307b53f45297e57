terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

provider "snapstate" {
  owner = "bench"
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

resource "snapstate_snapshot" "all" {
  for_each    = var.vms
  target      = each.key
  name        = "bench"
  description = "bench"
}
