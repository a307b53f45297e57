package main

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/units"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// taskPause is between two looks at a task that this process itself carries out.
const taskPause = 200 * time.Microsecond

// addMachines makes VMs like the model's first one, up to the count. The model waits for each VM by
// WaitForUpdatesEx, which the simulator answers every 20 ms: a hundred seconds for 5,000 VMs.
func addMachines(model *simulator.Model, count int, autostart bool) error {
	if count <= 1 {
		return nil
	}
	ctx := context.Background()
	reg := model.Map()
	client, err := vim25.NewClient(ctx, model.Service)
	if err != nil {
		return err
	}
	first, ok := reg.Any("VirtualMachine").(*simulator.VirtualMachine)
	if !ok {
		return fmt.Errorf("the model made no VM")
	}
	prefix := first.Name[:len(first.Name)-len("0")]
	folder := object.NewFolder(client, *first.Parent)
	pool := object.NewResourcePool(client, *first.ResourcePool)
	cards := object.VirtualDeviceList(first.Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))
	for i := 1; i < count; i++ {
		task, err := folder.CreateVM(ctx, machineSpec(fmt.Sprint(prefix, i), cards), pool, nil)
		if err != nil {
			return err
		}
		made, err := ended(reg, task.Reference())
		if err != nil {
			return err
		}
		if !autostart {
			continue
		}
		if task, err = object.NewVirtualMachine(client, made.(moref)).PowerOn(ctx); err != nil {
			return err
		}
		if _, err = ended(reg, task.Reference()); err != nil {
			return err
		}
	}
	return nil
}

// machineSpec is what the model makes its VMs of, with the network card of the first.
func machineSpec(name string, cards object.VirtualDeviceList) types.VirtualMachineConfigSpec {
	const store = "[LocalDS_0]"
	var devices object.VirtualDeviceList
	scsi, _ := devices.CreateSCSIController("pvscsi")
	ide, _ := devices.CreateIDEController()
	cdrom, _ := devices.CreateCdrom(ide.(*types.VirtualIDEController))
	disk := devices.CreateDisk(scsi.(types.BaseVirtualController), moref{}, store+" "+path.Join(name, "disk1.vmdk"))
	disk.CapacityInKB = int64(units.GB*10) / units.KB
	disk.StorageIOAllocation = &types.StorageIOAllocationInfo{Limit: types.NewInt64(-1)}
	devices = append(devices, scsi, cdrom, disk)
	for _, card := range cards {
		nic := &types.VirtualE1000{}
		nic.Backing = card.GetVirtualDevice().Backing
		nic.Key = -1
		devices = append(devices, nic)
	}
	changes, _ := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return types.VirtualMachineConfigSpec{
		Name:         name,
		GuestId:      string(types.VirtualMachineGuestOsIdentifierOtherGuest),
		Files:        &types.VirtualMachineFileInfo{VmPathName: store},
		DeviceChange: changes,
	}
}

func ended(reg *simulator.Registry, ref moref) (types.AnyType, error) {
	task, ok := reg.Get(ref).(*simulator.Task)
	if !ok {
		return nil, fmt.Errorf("there is no task %s", ref.Value)
	}
	for {
		var info types.TaskInfo
		// A context of its own at each look: one that holds the lock may not be shared.
		reg.WithLock(&simulator.Context{}, task, func() { info = task.Info })
		switch info.State {
		case types.TaskInfoStateSuccess:
			return info.Result, nil
		case types.TaskInfoStateError:
			return nil, fmt.Errorf("%s: %s", info.DescriptionId, info.Error.LocalizedMessage)
		}
		time.Sleep(taskPause)
	}
}
