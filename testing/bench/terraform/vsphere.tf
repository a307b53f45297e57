terraform {
  required_providers {
    vsphere = {
      source = "vmware/vsphere"
    }
  }
}

provider "vsphere" {
  vsphere_server       = var.endpoint
  user                 = var.username
  password             = var.password
  allow_unverified_ssl = true
}

resource "vsphere_virtual_machine_snapshot" "all" {
  for_each             = var.vms
  virtual_machine_uuid = each.value
  snapshot_name        = "bench"
  description          = "bench"
  memory               = false
  quiesce              = false
}
