package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// overrides answers the snapshot methods instead of the simulator's own objects. Its handler sends a call here by
// changing the object it is for; the request itself still names the VM or snapshot that was meant.
type overrides struct {
	mo.ManagedEntity // what the simulator's search walks over must have an entity in it

	Self moref
	h    *harness
}

var overridesRef = moref{Type: "SnapstateOverrides", Value: "snapstate-overrides"}

func (o *overrides) Reference() moref { return o.Self }

// Lock and Unlock opt out of the simulator's lock per object: this object has no state, and one lock for it would let
// a slow call on one VM hold up all others.
func (o *overrides) Lock()   {}
func (o *overrides) Unlock() {}

var overridden = map[string]string{
	"CreateSnapshot_Task":                         "VirtualMachine",
	"CreateSnapshotEx_Task":                       "VirtualMachine",
	"RemoveAllSnapshots_Task":                     "VirtualMachine",
	"RevertToCurrentSnapshot_Task":                "VirtualMachine",
	"ConsolidateVMDisks_Task":                     "VirtualMachine",
	"EstimateStorageForConsolidateSnapshots_Task": "VirtualMachine",
	"RemoveSnapshot_Task":                         "VirtualMachineSnapshot",
	"RevertToSnapshot_Task":                       "VirtualMachineSnapshot",
	"RenameSnapshot":                              "VirtualMachineSnapshot",
}

// handle is the simulator's hook before every call.
func (h *harness) handle(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil && method.Name != "Login" && method.Name != "RetrieveServiceContent" {
		return nil, nil // the simulator refuses it, or it is a read that says NotAuthenticated by itself
	}
	if ctx.Session != nil && ctx.Session.UserName == "" {
		return nil, nil // the simulator's own session, which the control API works through
	}
	if r := h.match(stageCall, method.Name, method.This.Value); r != nil {
		fault, err := r.fault()
		if err != nil {
			fault = &types.SystemError{Reason: err.Error()}
		}
		return nil, fault
	}
	if overridden[method.Name] == method.This.Type && h.reg.Get(method.This) != nil {
		method.This = overridesRef
	}
	if req, ok := method.Body.(*types.ReconfigVM_Task); ok {
		if vm, ok := h.reg.Get(method.This).(*simulator.VirtualMachine); ok {
			h.context().WithLock(method.This, func() {
				if vm.Snapshot != nil && growsDisk(vm, req.Spec) {
					method.This = overridesRef
				}
			})
		}
	}
	return nil, nil
}

func (o *overrides) onVM(vm moref, method, name string, run work) (moref, *soap.Fault) {
	ref, fault := o.h.start(job{method: method, name: name, vm: vm, objects: []string{vm.Value}, run: run})
	if fault != nil {
		return ref, simulator.Fault("", fault)
	}
	return ref, nil
}

func (o *overrides) onSnapshot(snapshot moref, method, name string, run work) (moref, *soap.Fault) {
	object, ok := o.h.reg.Get(snapshot).(*simulator.VirtualMachineSnapshot)
	if !ok {
		return moref{}, notFound(snapshot)
	}
	objects := []string{snapshot.Value, object.Vm.Value}
	ref, fault := o.h.start(job{method: method, name: name, vm: object.Vm, objects: objects, run: run})
	if fault != nil {
		return ref, simulator.Fault("", fault)
	}
	return ref, nil
}

func yes(flag *bool, unset bool) bool {
	if flag == nil {
		return unset
	}
	return *flag
}

func (o *overrides) CreateSnapshotTask(_ *simulator.Context, req *types.CreateSnapshot_Task) soap.HasFault {
	spec := snapshotSpec{Name: req.Name, Description: req.Description, Memory: req.Memory, Quiesce: req.Quiesce}
	ref, fault := o.onVM(req.This, "CreateSnapshot_Task", "createSnapshot", o.h.create(spec))
	if fault != nil {
		return &methods.CreateSnapshot_TaskBody{Fault_: fault}
	}
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{Returnval: ref}}
}

func (o *overrides) CreateSnapshotExTask(_ *simulator.Context, req *types.CreateSnapshotEx_Task) soap.HasFault {
	spec := snapshotSpec{Name: req.Name, Description: req.Description, Memory: req.Memory, Quiesce: req.QuiesceSpec != nil}
	ref, fault := o.onVM(req.This, "CreateSnapshotEx_Task", "createSnapshotEx", o.h.create(spec))
	if fault != nil {
		return &methods.CreateSnapshotEx_TaskBody{Fault_: fault}
	}
	return &methods.CreateSnapshotEx_TaskBody{Res: &types.CreateSnapshotEx_TaskResponse{Returnval: ref}}
}

func (o *overrides) RemoveSnapshotTask(_ *simulator.Context, req *types.RemoveSnapshot_Task) soap.HasFault {
	run := o.h.remove(req.This, req.RemoveChildren, yes(req.Consolidate, true))
	ref, fault := o.onSnapshot(req.This, "RemoveSnapshot_Task", "removeSnapshot", run)
	if fault != nil {
		return &methods.RemoveSnapshot_TaskBody{Fault_: fault}
	}
	return &methods.RemoveSnapshot_TaskBody{Res: &types.RemoveSnapshot_TaskResponse{Returnval: ref}}
}

func (o *overrides) RemoveAllSnapshotsTask(_ *simulator.Context, req *types.RemoveAllSnapshots_Task) soap.HasFault {
	run := o.h.removeAll(yes(req.Consolidate, true))
	ref, fault := o.onVM(req.This, "RemoveAllSnapshots_Task", "removeAllSnapshots", run)
	if fault != nil {
		return &methods.RemoveAllSnapshots_TaskBody{Fault_: fault}
	}
	return &methods.RemoveAllSnapshots_TaskBody{Res: &types.RemoveAllSnapshots_TaskResponse{Returnval: ref}}
}

func (o *overrides) RevertToSnapshotTask(_ *simulator.Context, req *types.RevertToSnapshot_Task) soap.HasFault {
	run := o.h.revert(req.This, yes(req.SuppressPowerOn, false))
	ref, fault := o.onSnapshot(req.This, "RevertToSnapshot_Task", "revertToSnapshot", run)
	if fault != nil {
		return &methods.RevertToSnapshot_TaskBody{Fault_: fault}
	}
	return &methods.RevertToSnapshot_TaskBody{Res: &types.RevertToSnapshot_TaskResponse{Returnval: ref}}
}

func (o *overrides) RevertToCurrentSnapshotTask(_ *simulator.Context, req *types.RevertToCurrentSnapshot_Task) soap.HasFault {
	run := func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		if vm.Snapshot == nil || vm.Snapshot.CurrentSnapshot == nil {
			return nil, new(types.NotFound)
		}
		return o.h.revert(*vm.Snapshot.CurrentSnapshot, yes(req.SuppressPowerOn, false))(ctx, vm)
	}
	ref, fault := o.onVM(req.This, "RevertToCurrentSnapshot_Task", "revertToCurrentSnapshot", run)
	if fault != nil {
		return &methods.RevertToCurrentSnapshot_TaskBody{Fault_: fault}
	}
	return &methods.RevertToCurrentSnapshot_TaskBody{Res: &types.RevertToCurrentSnapshot_TaskResponse{Returnval: ref}}
}

func (o *overrides) RenameSnapshot(_ *simulator.Context, req *types.RenameSnapshot) soap.HasFault {
	snapshot, ok := o.h.reg.Get(req.This).(*simulator.VirtualMachineSnapshot)
	if !ok {
		return &methods.RenameSnapshotBody{Fault_: notFound(req.This)}
	}
	run := o.h.rename(req.This, given(req.Name), given(req.Description))
	if _, fault := o.h.onVM(o.h.context(), snapshot.Vm, run); fault != nil {
		return &methods.RenameSnapshotBody{Fault_: simulator.Fault("", fault)}
	}
	return &methods.RenameSnapshotBody{Res: new(types.RenameSnapshotResponse)}
}

// given tells an absent text (nil) from one that is present and empty, which front.go has marked.
func given(text string) *string {
	switch text {
	case "":
		return nil
	case presentButEmpty:
		text = ""
	}
	return &text
}

func (o *overrides) ConsolidateVMDisksTask(_ *simulator.Context, req *types.ConsolidateVMDisks_Task) soap.HasFault {
	ref, fault := o.onVM(req.This, "ConsolidateVMDisks_Task", "consolidateDisks", o.h.consolidate)
	if fault != nil {
		return &methods.ConsolidateVMDisks_TaskBody{Fault_: fault}
	}
	return &methods.ConsolidateVMDisks_TaskBody{Res: &types.ConsolidateVMDisks_TaskResponse{Returnval: ref}}
}

func (o *overrides) EstimateStorageForConsolidateSnapshotsTask(_ *simulator.Context, req *types.EstimateStorageForConsolidateSnapshots_Task) soap.HasFault {
	const method = "EstimateStorageForConsolidateSnapshots_Task"
	ref, fault := o.onVM(req.This, method, "estimateStorageRequirement", o.h.estimate)
	if fault != nil {
		return &methods.EstimateStorageForConsolidateSnapshots_TaskBody{Fault_: fault}
	}
	return &methods.EstimateStorageForConsolidateSnapshots_TaskBody{
		Res: &types.EstimateStorageForConsolidateSnapshots_TaskResponse{Returnval: ref},
	}
}

// ReconfigVMTask is only sent here for a disk that would grow under a snapshot, which govmomi's simulator allows.
func (o *overrides) ReconfigVMTask(_ *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	run := func(*simulator.Context, *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		return nil, new(types.InvalidState)
	}
	ref, fault := o.onVM(req.This, "ReconfigVM_Task", "reconfigure", run)
	if fault != nil {
		return &methods.ReconfigVM_TaskBody{Fault_: fault}
	}
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: ref}}
}
