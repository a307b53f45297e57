package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// unescape undoes the three escapes the API's documentation names; any other % stays.
var unescape = strings.NewReplacer("%2f", "/", "%2F", "/", "%5c", `\`, "%5C", `\`, "%25", "%")

// stored is the form in which a name is kept: as sent, or as a vCenter is documented to show it.
func (h *harness) stored(name string) string {
	if h.now().decodeNames {
		return unescape.Replace(name)
	}
	return name
}

func (h *harness) create(spec snapshotSpec) work {
	return func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		if fault := h.refused(vm, spec); fault != nil {
			return nil, fault
		}
		req := &types.CreateSnapshotEx_Task{
			This:        vm.Self,
			Name:        h.stored(spec.Name),
			Description: spec.Description,
			// A suspended VM's memory is on disk already, so its snapshot always has it.
			Memory: spec.Memory || vm.Runtime.PowerState == types.VirtualMachinePowerStateSuspended,
		}
		if spec.Quiesce && h.quiesces(vm) {
			req.QuiesceSpec = new(types.VirtualMachineGuestQuiesceSpec)
		}
		return h.inner(ctx, vm, func() moref {
			return vm.CreateSnapshotExTask(ctx, req).(*methods.CreateSnapshotEx_TaskBody).Res.Returnval
		})
	}
}

// remove takes snapshots away one by one, children first, since govmomi's removeChildren leaves the child objects
// readable and the current snapshot pointing at one of them.
func (h *harness) remove(ref moref, children, consolidate bool) work {
	return func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		path := pathInVM(vm, ref)
		if path == nil {
			return nil, &types.ManagedObjectNotFound{Obj: ref}
		}
		doomed := []moref{ref}
		if children {
			doomed = append(refs(path[len(path)-1].ChildSnapshotList), ref)
		}
		for _, one := range doomed {
			if fault := h.removeOne(ctx, vm, one); fault != nil {
				return nil, fault
			}
		}
		if !consolidate {
			ctx.Update(vm, []types.PropertyChange{change("runtime.consolidationNeeded", true)})
		}
		return nil, nil
	}
}

func (h *harness) removeOne(ctx *simulator.Context, vm *simulator.VirtualMachine, ref moref) types.BaseMethodFault {
	snapshot, ok := h.reg.Get(ref).(*simulator.VirtualMachineSnapshot)
	path := pathInVM(vm, ref)
	if !ok || path == nil {
		return &types.ManagedObjectNotFound{Obj: ref}
	}
	var parent types.AnyType
	if len(path) > 1 {
		parent = path[len(path)-2].Snapshot
	}
	// govmomi#1601: its RemoveSnapshotTask dies when the current snapshot is a root, so by then it must not be current.
	if current := vm.Snapshot.CurrentSnapshot; current != nil && *current == ref {
		ctx.Update(vm, []types.PropertyChange{change("snapshot.currentSnapshot", parent)})
	}
	orphans := []moref{}
	for _, child := range path[len(path)-1].ChildSnapshotList {
		orphans = append(orphans, child.Snapshot)
	}
	_, fault := h.inner(ctx, vm, func() moref {
		req := &types.RemoveSnapshot_Task{This: ref, Consolidate: types.NewBool(true)}
		return snapshot.RemoveSnapshotTask(ctx, req).(*methods.RemoveSnapshot_TaskBody).Res.Returnval
	})
	if up, ok := parent.(moref); ok && fault == nil {
		h.adopt(ctx, up, ref, orphans)
	}
	return fault
}

// adopt puts a removed snapshot's children under its parent; govmomi does so in the VM's tree, not in the object.
func (h *harness) adopt(ctx *simulator.Context, parent, gone moref, orphans []moref) {
	snapshot, ok := h.reg.Get(parent).(*simulator.VirtualMachineSnapshot)
	if !ok {
		return
	}
	ctx.WithLock(parent, func() {
		children := append(without(snapshot.ChildSnapshot, gone), orphans...)
		ctx.Update(snapshot, []types.PropertyChange{change("childSnapshot", children)})
	})
}

func (h *harness) removeAll(consolidate bool) work {
	return func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		if vm.Snapshot == nil {
			return nil, nil
		}
		for _, ref := range refs(vm.Snapshot.RootSnapshotList) {
			if fault := h.removeOne(ctx, vm, ref); fault != nil {
				return nil, fault
			}
		}
		if !consolidate {
			ctx.Update(vm, []types.PropertyChange{change("runtime.consolidationNeeded", true)})
		}
		return nil, nil
	}
}

// revert moves the VM to a snapshot and, unlike govmomi, to the power state the snapshot was taken in.
func (h *harness) revert(ref moref, suppressPowerOn bool) work {
	return func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		snapshot, ok := h.reg.Get(ref).(*simulator.VirtualMachineSnapshot)
		path := pathInVM(vm, ref)
		if !ok || path == nil {
			return nil, &types.ManagedObjectNotFound{Obj: ref}
		}
		state := path[len(path)-1].State
		_, fault := h.inner(ctx, vm, func() moref {
			req := &types.RevertToSnapshot_Task{This: ref}
			return snapshot.RevertToSnapshotTask(ctx, req).(*methods.RevertToSnapshot_TaskBody).Res.Returnval
		})
		if fault == nil && !(suppressPowerOn && state == types.VirtualMachinePowerStatePoweredOn) {
			setPower(ctx, vm, state)
		}
		return nil, fault
	}
}

// rename changes what is given; nil leaves a text as it is.
func (h *harness) rename(ref moref, name, description *string) work {
	return func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		path := pathInVM(vm, ref)
		if path == nil {
			return nil, &types.ManagedObjectNotFound{Obj: ref}
		}
		if name != nil && *name == "" {
			return nil, &types.InvalidName{Entity: &vm.Self}
		}
		n := path[len(path)-1]
		if name != nil {
			n.Name = h.stored(*name)
		}
		if description != nil {
			n.Description = *description
		}
		ctx.Update(vm, []types.PropertyChange{change("snapshot.rootSnapshotList", vm.Snapshot.RootSnapshotList)})
		return nil, nil
	}
}

func setPower(ctx *simulator.Context, vm *simulator.VirtualMachine, state types.VirtualMachinePowerState) {
	ctx.Update(vm, []types.PropertyChange{
		change("runtime.powerState", state),
		change("summary.runtime.powerState", state),
	})
}
