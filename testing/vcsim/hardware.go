package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// hardware is a change to a VM's devices that a test needs and that no supported edit would make.
type hardware struct {
	DiskMode      string   `json:"diskMode,omitempty"`      // of the first disk, such as independent_persistent
	DiskSharing   string   `json:"diskSharing,omitempty"`   // of the first disk, such as sharingMultiWriter
	RDM           string   `json:"rdm,omitempty"`           // makes the first disk a raw device mapping: physicalMode or virtualMode
	SharedBus     string   `json:"sharedBus,omitempty"`     // of the first SCSI controller, such as physicalSharing
	Passthrough   bool     `json:"passthrough,omitempty"`   // adds a DirectPath device
	Vgpu          string   `json:"vgpu,omitempty"`          // adds a vGPU of this profile
	HostGpu       *hostGpu `json:"hostGpu,omitempty"`       // what the VM's host says of that profile; nothing unless given
	Sriov         bool     `json:"sriov,omitempty"`         // adds an SR-IOV card
	Deltas        string   `json:"deltas,omitempty"`        // puts the first disk on a delta file that no snapshot has: above its own file (own), or above another VM's (clone); or only says so in the layout (layout)
	FaultTolerant bool     `json:"faultTolerant,omitempty"` // protects the VM by Fault Tolerance
}

// hostGpu is what a host's GPU plugin can do while the VM is not off.
type hostGpu struct {
	Disk   bool `json:"disk"`
	Memory bool `json:"memory"`
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
		for _, device := range wanted.added() {
			device.GetVirtualDevice().Key = devices.NewKey()
			devices = append(devices, device)
		}
		list := []types.BaseVirtualDevice(devices)
		changes := []types.PropertyChange{change("config.hardware.device", list)}
		if wanted.FaultTolerant {
			changes = append(changes, change("config.ftInfo", &types.FaultToleranceConfigInfo{Role: 1}))
		}
		if wanted.Deltas != "" {
			changes = append(changes, deltas(vm, list, wanted.Deltas)...)
		}
		ctx.Update(vm, changes)
		if wanted.HostGpu != nil {
			h.setHostGpu(*vm.Runtime.Host, wanted.Vgpu, *wanted.HostGpu)
		}
	})
}

// deltas puts the first disk on a delta file, in the devices and in the file layout.
func deltas(vm *simulator.VirtualMachine, devices []types.BaseVirtualDevice, kind string) []types.PropertyChange {
	for i, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		base := *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		delta := base
		delta.FileName = strings.TrimSuffix(base.FileName, ".vmdk") + "-000001.vmdk"
		if kind == "clone" {
			base.FileName = "[LocalDS_0] golden/golden.vmdk"
		}
		delta.Parent = &base
		own := *disk
		own.Backing = &delta
		if kind != "layout" {
			devices[i] = &own
		}
		layout := *vm.LayoutEx
		key := int32(1000)
		file := func(name string) types.VirtualMachineFileLayoutExDiskUnit {
			key++
			layout.File = append(slices.Clone(layout.File), types.VirtualMachineFileLayoutExFileInfo{Key: key, Name: name, Type: "diskDescriptor"})
			return types.VirtualMachineFileLayoutExDiskUnit{FileKey: []int32{key}}
		}
		chain := []types.VirtualMachineFileLayoutExDiskUnit{file(base.FileName), file(delta.FileName)}
		layout.Disk = []types.VirtualMachineFileLayoutExDiskLayout{{Key: disk.Key, Chain: chain}}
		return []types.PropertyChange{change("config.hardware.device", devices), change("layoutEx", &layout)}
	}
	return nil
}

func (wanted hardware) added() []types.BaseVirtualDevice {
	list := []types.BaseVirtualDevice{}
	if wanted.Passthrough {
		pci := new(types.VirtualPCIPassthrough)
		pci.Backing = &types.VirtualPCIPassthroughDeviceBackingInfo{Id: "0000:3b:00.0", SystemId: "host", VendorId: 0x10de}
		list = append(list, pci)
	}
	if wanted.Vgpu != "" {
		pci := new(types.VirtualPCIPassthrough)
		pci.Backing = &types.VirtualPCIPassthroughVmiopBackingInfo{Vgpu: wanted.Vgpu}
		list = append(list, pci)
	}
	if wanted.Sriov {
		list = append(list, new(types.VirtualSriovEthernetCard))
	}
	return list
}

func (h *harness) setHostGpu(host moref, profile string, can hostGpu) {
	system := h.reg.Get(host).(*simulator.HostSystem)
	ctx := h.context()
	ctx.WithLock(host, func() {
		list := []types.HostSharedGpuCapabilities{{Vgpu: profile, DiskSnapshotSupported: can.Disk, MemorySnapshotSupported: can.Memory}}
		ctx.Update(system, []types.PropertyChange{change("config.sharedGpuCapabilities", list)})
	})
}

// applied answers a changed copy of a device: replies in the making may hold the device itself.
func (wanted hardware) applied(device types.BaseVirtualDevice) types.BaseVirtualDevice {
	switch d := device.(type) {
	case *types.VirtualDisk:
		own := *d
		if flat, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			backing := *flat
			if wanted.DiskMode != "" {
				backing.DiskMode = wanted.DiskMode
			}
			if wanted.DiskSharing != "" {
				backing.Sharing = wanted.DiskSharing
			}
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
