// Package mo has its name because the simulator reads properties from types of packages with this name only.
package mo

import "github.com/vmware/govmomi/vim25/types"

// VirtualApp is a vApp by the properties that inventories are walked by. In govmomi's own type the embedded ResourcePool hides the
// property resourcePool, so that the simulator could not follow it to inner vApps.
type VirtualApp struct {
	Self         types.ManagedObjectReference
	Name         string
	Parent       *types.ManagedObjectReference
	ParentVApp   *types.ManagedObjectReference
	ParentFolder *types.ManagedObjectReference
	ResourcePool []types.ManagedObjectReference
	Vm           []types.ManagedObjectReference
}

// Reference makes it a managed object.
func (v VirtualApp) Reference() types.ManagedObjectReference { return v.Self }
