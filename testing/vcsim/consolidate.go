package main

import (
	"path"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// consolidate clears the mark that redundant disks exist, and merges delta files that the control API put above a file of the VM.
func (h *harness) consolidate(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
	for _, need := range h.storageNeeded(vm) {
		ds, ok := h.reg.Get(need.Datastore).(*simulator.Datastore)
		if ok && ds.Summary.FreeSpace/1024 < need.FreeSpaceRequiredInKb {
			return nil, &types.NoDiskSpace{Datastore: ds.Name}
		}
	}
	devices := slices.Clone(vm.Config.Hardware.Device)
	layout := *vm.LayoutEx
	for i, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		delta, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !ok || delta.Parent == nil || path.Dir(delta.Parent.FileName) != path.Dir(delta.FileName) {
			continue
		}
		merged := *disk
		merged.Backing = delta.Parent
		devices[i] = &merged
		layout.Disk = []types.VirtualMachineFileLayoutExDiskLayout{{Key: disk.Key, Chain: layout.Disk[0].Chain[:1]}}
	}
	ctx.Update(vm, []types.PropertyChange{
		change("config.hardware.device", devices),
		change("layoutEx", &layout),
		change("runtime.consolidationNeeded", false),
	})
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
