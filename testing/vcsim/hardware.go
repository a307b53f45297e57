package main

import (
	"context"
	"net/http"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// hardware is a change to a VM's devices that a test needs and that no supported edit would make.
type hardware struct {
	DiskMode    string `json:"diskMode,omitempty"`    // of the first disk, such as independent_persistent
	RDM         string `json:"rdm,omitempty"`         // makes the first disk a raw device mapping: physicalMode or virtualMode
	SharedBus   string `json:"sharedBus,omitempty"`   // of the first SCSI controller, such as physicalSharing
	Passthrough bool   `json:"passthrough,omitempty"` // adds a DirectPath device
}

func (h *harness) setHardware(w http.ResponseWriter, r *http.Request) {
	var wanted hardware
	if !decode(w, r, &wanted) {
		return
	}
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) {
		devices := append(object.VirtualDeviceList{}, vm.Config.Hardware.Device...)
		for i, device := range devices {
			devices[i] = wanted.applied(device)
		}
		if wanted.Passthrough {
			pci := new(types.VirtualPCIPassthrough)
			pci.Key = devices.NewKey()
			devices = append(devices, pci)
		}
		list := []types.BaseVirtualDevice(devices)
		ctx.Update(vm, []types.PropertyChange{change("config.hardware.device", list)})
	})
}

// applied answers a changed copy of a device: replies in the making may hold the device itself.
func (wanted hardware) applied(device types.BaseVirtualDevice) types.BaseVirtualDevice {
	switch d := device.(type) {
	case *types.VirtualDisk:
		own := *d
		if flat, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok && wanted.DiskMode != "" {
			backing := *flat
			backing.DiskMode = wanted.DiskMode
			own.Backing = &backing
		}
		if wanted.RDM != "" {
			own.Backing = &types.VirtualDiskRawDiskMappingVer1BackingInfo{CompatibilityMode: wanted.RDM, DiskMode: wanted.DiskMode}
		}
		return &own
	case *types.ParaVirtualSCSIController:
		own := *d
		if wanted.SharedBus != "" {
			own.SharedBus = types.VirtualSCSISharing(wanted.SharedBus)
		}
		return &own
	}
	return device
}

func (h *harness) clone(ctx context.Context, vm *simulator.VirtualMachine, folder, name string) (moref, error) {
	client, err := h.client()
	if err != nil {
		return moref{}, err
	}
	finder := find.NewFinder(client)
	target, err := finder.Folder(ctx, "/DC0/vm/"+folder)
	if err != nil {
		parent, err := finder.Folder(ctx, "/DC0/vm")
		if err != nil {
			return moref{}, err
		}
		if target, err = parent.CreateFolder(ctx, folder); err != nil {
			return moref{}, err
		}
	}
	task, err := object.NewVirtualMachine(client, vm.Self).Clone(ctx, target, name, types.VirtualMachineCloneSpec{})
	if err != nil {
		return moref{}, err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return moref{}, err
	}
	return info.Result.(moref), nil
}
