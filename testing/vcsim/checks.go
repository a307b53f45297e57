package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// quiesceMode says what a VM does when a snapshot is asked to be quiesced.
type quiesceMode string

const (
	quiesceAsAsked    quiesceMode = "as-asked"   // govmomi's simulator: recorded as asked, whatever the guest's state
	quiesceReal       quiesceMode = "real"       // the API's documentation: ignored unless powered on with Tools running
	quiesceIgnored    quiesceMode = "ignored"    // never done, and not said
	quiesceFilesystem quiesceMode = "filesystem" // FilesystemQuiesceFault
	quiesceApps       quiesceMode = "application"
)

var quiesceModes = []quiesceMode{quiesceAsAsked, quiesceReal, quiesceIgnored, quiesceFilesystem, quiesceApps}

// snapshotSpec is what a snapshot is asked to be.
type snapshotSpec struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Memory      bool   `json:"memory"`
	Quiesce     bool   `json:"quiesce"`
}

// refused answers the fault a vCenter would end the task with, or nil. The rules are read from VMware's documentation;
// none was seen on a real vCenter.
func (h *harness) refused(vm *simulator.VirtualMachine, spec snapshotSpec) types.BaseMethodFault {
	on := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	// Its memory is always included here: diskOnlySnapshotOnSuspendedVMSupported is not modelled.
	suspended := vm.Runtime.PowerState == types.VirtualMachinePowerStateSuspended
	if vm.Config.Template || vm.Config.FtInfo != nil {
		return new(types.NotSupported)
	}
	issue := incompatible(vm.Config.Hardware.Device)
	if issue == nil && !off(vm) {
		issue = h.busyGpu(vm, spec.Memory)
	}
	if issue != nil {
		return &types.SnapshotIncompatibleDeviceInVm{
			Fault: types.LocalizedMethodFault{Fault: issue, LocalizedMessage: "The virtual machine has a device that does not support snapshots."},
		}
	}
	if currentDepth(vm) >= h.now().maxLevels {
		return new(types.TooManySnapshotLevels)
	}
	if (spec.Memory && on || suspended) && hasIndependentDisk(vm.Config.Hardware.Device) {
		return new(types.MemorySnapshotOnIndependentDisk)
	}
	if spec.Quiesce {
		switch h.quiesceMode(vm) {
		case quiesceFilesystem:
			return new(types.FilesystemQuiesceFault)
		case quiesceApps:
			return new(types.ApplicationQuiesceFault)
		}
	}
	return nil
}

func (h *harness) quiesceMode(vm *simulator.VirtualMachine) quiesceMode {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.model(vm.Self).quiesce
}

func (h *harness) quiesces(vm *simulator.VirtualMachine) bool {
	switch h.quiesceMode(vm) {
	case quiesceIgnored:
		return false
	case quiesceReal:
		return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && vm.Guest != nil &&
			vm.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	default:
		return true
	}
}

// incompatible answers the issue of the first device no snapshot can hold.
func incompatible(devices []types.BaseVirtualDevice) types.BaseMethodFault {
	for _, device := range devices {
		switch d := device.(type) {
		case types.BaseVirtualSCSIController:
			if bus := d.GetVirtualSCSIController().SharedBus; bus != "" && bus != types.VirtualSCSISharingNoSharing {
				return new(types.SharedBusControllerNotSupported)
			}
		case *types.VirtualPCIPassthrough:
			if _, vgpu := d.Backing.(*types.VirtualPCIPassthroughVmiopBackingInfo); !vgpu {
				return new(types.DeviceNotSupported)
			}
		case *types.VirtualSriovEthernetCard:
			return new(types.DeviceNotSupported)
		case *types.VirtualDisk:
			if flat, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok &&
				flat.Sharing == string(types.VirtualDiskSharingSharingMultiWriter) && !independent(flat.DiskMode) {
				return new(types.DeviceNotSupported)
			}
			rdm, ok := d.Backing.(*types.VirtualDiskRawDiskMappingVer1BackingInfo)
			if ok && rdm.CompatibilityMode == string(types.VirtualDiskCompatibilityModePhysicalMode) {
				return new(types.RawDiskNotSupported)
			}
		}
	}
	return nil
}

// busyGpu answers the issue of a vGPU of which the host takes no such snapshot while the VM is not off.
func (h *harness) busyGpu(vm *simulator.VirtualMachine, memory bool) types.BaseMethodFault {
	host, ok := h.reg.Get(*vm.Runtime.Host).(*simulator.HostSystem)
	for _, device := range vm.Config.Hardware.Device {
		pci, isPci := device.(*types.VirtualPCIPassthrough)
		if !isPci || !ok {
			continue
		}
		vgpu, isVgpu := pci.Backing.(*types.VirtualPCIPassthroughVmiopBackingInfo)
		if isVgpu && !gpuAllows(host, vgpu.Vgpu, memory) {
			return new(types.DeviceNotSupported)
		}
	}
	return nil
}

func gpuAllows(host *simulator.HostSystem, profile string, memory bool) bool {
	for _, can := range host.Config.SharedGpuCapabilities {
		if can.Vgpu == profile {
			return can.DiskSnapshotSupported && (!memory || can.MemorySnapshotSupported)
		}
	}
	return true
}

func off(vm *simulator.VirtualMachine) bool {
	return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
}

func independent(mode string) bool {
	return mode == string(types.VirtualDiskModeIndependent_persistent) ||
		mode == string(types.VirtualDiskModeIndependent_nonpersistent)
}

func hasIndependentDisk(devices []types.BaseVirtualDevice) bool {
	for _, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok {
			if flat, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok && independent(flat.DiskMode) {
				return true
			}
		}
	}
	return false
}

// growsDisk says whether a change makes a disk bigger.
func growsDisk(vm *simulator.VirtualMachine, spec types.VirtualMachineConfigSpec) bool {
	for _, one := range spec.DeviceChange {
		edit := one.GetVirtualDeviceConfigSpec()
		wanted, ok := edit.Device.(*types.VirtualDisk)
		if !ok || edit.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			continue
		}
		for _, device := range vm.Config.Hardware.Device {
			has, ok := device.(*types.VirtualDisk)
			if ok && has.Key == wanted.Key &&
				(wanted.CapacityInKB > has.CapacityInKB || wanted.CapacityInBytes > has.CapacityInBytes) {
				return true
			}
		}
	}
	return false
}
