package main

// VMware's provider for Terraform, which the bench measures beside ours, signs in to these endpoints, too.
import (
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)
