terraform {
  required_providers {
    snapstate = {
      source = "snapstate/snapstate"
    }
  }
}

variable "password" {
  type      = string
  sensitive = true
}

provider "snapstate" {
  # A word of your own, one for each root module and workspace. Never change it.
  owner = "web-production"

  connections = {
    default = {
      platform = "vsphere"
      endpoint = "vcenter.example.com"
      username = "snapstate@vsphere.local"
      # Or leave it out, and set SNAPSTATE_DEFAULT_PASSWORD.
      password = var.password
    }
  }
}
