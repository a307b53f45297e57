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
  type = string
}

variable "vms" {
  description = "From a VM's inventory path to its BIOS UUID."
  type        = map(string)
}
