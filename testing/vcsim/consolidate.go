package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// consolidate clears the mark that redundant disks exist; the disks themselves are not modelled.
func (h *harness) consolidate(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
	for _, need := range h.storageNeeded(vm) {
		ds, ok := h.reg.Get(need.Datastore).(*simulator.Datastore)
		if ok && ds.Summary.FreeSpace/1024 < need.FreeSpaceRequiredInKb {
			return nil, &types.NoDiskSpace{Datastore: ds.Name}
		}
	}
	ctx.Update(vm, []types.PropertyChange{change("runtime.consolidationNeeded", false)})
	h.mu.Lock()
	h.model(vm.Self).requiredKb = 0
	h.mu.Unlock()
	return nil, nil
}

func (h *harness) estimate(_ *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
	return types.ArrayOfStorageRequirement{StorageRequirement: h.storageNeeded(vm)}, nil
}

// storageNeeded answers what the control API set, on the VM's first datastore: there are no deltas to measure.
func (h *harness) storageNeeded(vm *simulator.VirtualMachine) []types.StorageRequirement {
	h.mu.Lock()
	defer h.mu.Unlock()
	required := h.model(vm.Self).requiredKb
	if required == 0 || len(vm.Datastore) == 0 {
		return nil
	}
	return []types.StorageRequirement{{Datastore: vm.Datastore[0], FreeSpaceRequiredInKb: required}}
}
