package main

import (
	"net/http"
	"slices"

	"github.com/vmware/govmomi/simulator"
	vim "github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"snapstate/vcsim/mo"
)

// vApp shows the simulator's vApp to property collectors.
type vApp struct{ simulator.VirtualApp }

func (a *vApp) Get() vim.Reference {
	return &mo.VirtualApp{
		Self: a.Self, Name: a.Name, Parent: a.Parent, ParentVApp: a.ParentVApp, ParentFolder: a.ParentFolder,
		ResourcePool: a.VirtualApp.ResourcePool.ResourcePool, Vm: a.Vm,
	}
}

// moveIntoVApp puts a VM into a vApp, or into vApps within one another, with the references that a vCenter has: the VM has no parent, the
// outermost vApp is in the VM's folder, and an inner one knows only the vApp around it.
func (h *harness) moveIntoVApp(w http.ResponseWriter, r *http.Request) {
	var names []string
	if !decode(w, r, &names) {
		return
	}
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) {
		folder := h.reg.Get(*vm.Parent).(*simulator.Folder)
		pool := h.reg.Get(*vm.ResourcePool).(*simulator.ResourcePool)
		parent, inner := pool.Self, (*vApp)(nil)
		for _, name := range names {
			app := &vApp{}
			app.ResourcePool = vim.ResourcePool{ManagedEntity: vim.ManagedEntity{Name: name, Parent: &parent}}
			app.Self.Type = "VirtualApp"
			if inner == nil {
				app.ParentFolder = &folder.Self
			} else {
				app.ParentVApp = &inner.Self
			}
			h.reg.Put(app)
			if inner == nil {
				ctx.Update(folder, []types.PropertyChange{change("childEntity", append(slices.Clone(folder.ChildEntity), app.Self))})
			} else {
				inner.VirtualApp.ResourcePool.ResourcePool = append(inner.VirtualApp.ResourcePool.ResourcePool, app.Self)
			}
			parent, inner = app.Self, app
		}
		left := slices.DeleteFunc(slices.Clone(folder.ChildEntity), func(ref moref) bool { return ref == vm.Self })
		ctx.Update(folder, []types.PropertyChange{change("childEntity", left)})
		inner.Vm = append(inner.Vm, vm.Self)
		vm.Parent = nil
		vm.ParentVApp = &inner.Self
	})
}
