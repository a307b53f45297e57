package main

import (
	"testing"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// A VM has a property `resourcePool`, and a vApp has one of the same name that holds the pools in it.
func TestTraversalIsOfItsType(t *testing.T) {
	l := newLab(t, nil)
	read := func(of string) int {
		res, err := methods.RetrievePropertiesEx(l.ctx, l.client, &types.RetrievePropertiesEx{
			This: l.client.ServiceContent.PropertyCollector,
			SpecSet: []types.PropertyFilterSpec{{
				PropSet: []types.PropertySpec{{Type: "ManagedEntity", PathSet: []string{"name"}}},
				ObjectSet: []types.ObjectSpec{{Obj: l.vm(0).Reference(), SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{
					SelectionSpec: types.SelectionSpec{Name: "pool"}, Type: of, Path: "resourcePool",
				}}}},
			}},
		})
		l.equal("error", err, nil)
		return len(res.Returnval.Objects)
	}
	l.equal("of a vApp", read("VirtualApp"), 1)
	l.equal("of a VM", read("VirtualMachine"), 2)
}
