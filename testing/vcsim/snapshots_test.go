package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/task"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func typeName(v any) string {
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", v), "*"), "types.")
}

func (l *lab) wait(t *object.Task, err error) string {
	l.Helper()
	if err != nil {
		return fault(err)
	}
	if err = t.Wait(l.ctx); err != nil {
		if in, ok := err.(task.Error); ok {
			return typeName(in.Fault())
		}
		return fault(err)
	}
	return ""
}

func TestRemoveOfCurrentRootKeepsChildren(t *testing.T) {
	l := newLab(t, nil)
	vm := l.vm(0)
	a := l.snapshot(vm, "a")
	l.snapshot(vm, "b")
	l.equal("revert", l.wait(vm.RevertToSnapshot(l.ctx, a.Value, false)), "")
	l.equal("remove", l.wait(vm.RemoveSnapshot(l.ctx, a.Value, false, types.NewBool(true))), "")
	view := l.vms()[0]
	l.equal("roots", []any{len(view.Snapshots), view.Snapshots[0].Name, view.Current}, []any{1, "b", nil})
	l.equal("a new root", l.snapshot(vm, "c").Type, "VirtualMachineSnapshot")
}

func TestRemoveWithChildrenRemovesTheObjects(t *testing.T) {
	l := newLab(t, nil)
	vm := l.vm(0)
	root := l.snapshot(vm, "root")
	a, b := l.snapshot(vm, "a"), l.snapshot(vm, "b")
	l.equal("remove", l.wait(vm.RemoveSnapshot(l.ctx, a.Value, true, types.NewBool(false))), "")
	view := l.vms()[0]
	l.equal("view", []any{view.Current, view.ConsolidationNeeded, len(view.Snapshots[0].Children)}, []any{root.Value, true, 0})
	for _, gone := range []moref{a, b} {
		var s mo.VirtualMachineSnapshot
		err := property.DefaultCollector(l.client.Client).RetrieveOne(l.ctx, gone, []string{"config"}, &s)
		l.equal("read of "+gone.Value, fault(err), "ManagedObjectNotFound")
	}
	l.snapshot(vm, "after")
	has := l.properties(vm)
	l.equal("files", len(has.LayoutEx.Snapshot), 2)
	_, err := methods.ConsolidateVMDisks_Task(l.ctx, l.client, &types.ConsolidateVMDisks_Task{This: vm.Reference()})
	l.equal("consolidate", err, nil)
	time.Sleep(50 * time.Millisecond)
	l.equal("needed", l.vms()[0].ConsolidationNeeded, false)
}

func TestRenameTellsAbsentFromEmpty(t *testing.T) {
	l := newLab(t, nil)
	ref := l.snapshot(l.vm(0), "a")
	jar := l.login()
	rename := func(inner string) int {
		status, _, err := l.raw(jar, `<v:RenameSnapshot xmlns:v="urn:vim25"><v:_this type="VirtualMachineSnapshot">`+ref.Value+`</v:_this>`+inner+`</v:RenameSnapshot>`)
		l.equal("error", err, nil)
		return status
	}
	texts := func() string { s := l.vms()[0].Snapshots[0]; return s.Name + "|" + s.Description }
	rename(`<v:name>n</v:name><v:description>d</v:description>`)
	l.equal("both", texts(), "n|d")
	rename(`<v:name>m</v:name>`)
	l.equal("absent", texts(), "m|d")
	rename(`<v:description></v:description>`)
	l.equal("empty", texts(), "m|")
	l.equal("empty name", rename(`<v:name/>`), 500)
	l.equal("unchanged", texts(), "m|")
}

func TestNamesAreStoredRawOrDecoded(t *testing.T) {
	for _, decoded := range []bool{false, true} {
		l := newLab(t, func(o *options) { o.settings.decodeNames = decoded })
		l.snapshot(l.vm(0), "a%2fb%5Cc%25d%zz")
		wanted := "a%2fb%5Cc%25d%zz"
		if decoded {
			wanted = `a/b\c%d%zz`
		}
		l.equal("name", l.vms()[0].Snapshots[0].Name, wanted)
	}
}

func TestRefusals(t *testing.T) {
	l := newLab(t, func(o *options) { o.settings.maxLevels = 2 })
	vm, other := l.vm(0), l.vm(1)
	at := "/vm/" + vm.Reference().Value
	l.control("POST", at+"/hardware", hardware{DiskMode: "independent_persistent"}, nil)
	l.equal("memory", l.wait(vm.CreateSnapshot(l.ctx, "m", "", true, false)), "MemorySnapshotOnIndependentDisk")
	l.equal("no memory", l.wait(vm.CreateSnapshot(l.ctx, "m", "", false, false)), "")
	for _, mode := range []string{"filesystem", "application"} {
		l.control("POST", at+"/quiesce/"+mode, nil, nil)
		wanted := map[string]string{"filesystem": "FilesystemQuiesceFault", "application": "ApplicationQuiesceFault"}[mode]
		l.equal(mode, l.wait(vm.CreateSnapshot(l.ctx, "q", "", false, true)), wanted)
	}
	l.snapshot(vm, "second")
	l.equal("levels", l.wait(vm.CreateSnapshot(l.ctx, "third", "", false, false)), "TooManySnapshotLevels")

	devices, _ := vm.Device(l.ctx)
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	disk.CapacityInKB *= 2
	disk.CapacityInBytes *= 2
	l.equal("grow", fault(vm.EditDevice(l.ctx, disk)), "InvalidState")

	l.control("POST", "/vm/"+other.Reference().Value+"/hardware", hardware{SharedBus: "physicalSharing"}, nil)
	l.equal("bus", l.wait(other.CreateSnapshot(l.ctx, "b", "", false, false)), "SnapshotIncompatibleDeviceInVm")
}

func TestQuiesceIsRecordedAsObtained(t *testing.T) {
	l := newLab(t, nil)
	vm := l.vm(0)
	for i, step := range []struct {
		mode, tools string
		wanted      bool
	}{{"as-asked", "", true}, {"ignored", "", false}, {"real", "guestToolsNotRunning", false}, {"real", "guestToolsRunning", true}} {
		l.control("POST", "/vm/"+vm.Reference().Value+"/quiesce/"+step.mode, nil, nil)
		l.control("POST", "/vm/"+vm.Reference().Value+"/tools/"+step.tools, nil, nil)
		l.equal("create", l.wait(vm.CreateSnapshot(l.ctx, "q", "", false, true)), "")
		n := l.vms()[0].Snapshots[0]
		for range i {
			n = n.Children[0]
		}
		l.equal(fmt.Sprint(step), n.Quiesced, step.wanted)
	}
}

func TestTasksOnOneVMQueueOrAreRefused(t *testing.T) {
	l := newLab(t, func(o *options) { o.settings.taskDelay = 150 * time.Millisecond })
	vm := l.vm(0)
	started := time.Now()
	first, _ := vm.CreateSnapshot(l.ctx, "1", "", false, false)
	second, _ := vm.CreateSnapshot(l.ctx, "2", "", false, false)
	read := time.Now()
	l.properties(vm)
	if time.Since(read) > 100*time.Millisecond {
		t.Error("a read waits for the task")
	}
	l.equal("recent tasks", len(l.properties(vm).RecentTask) >= 2, true)
	l.equal("both", []string{l.wait(first, nil), l.wait(second, nil)}, []string{"", ""})
	if time.Since(started) < 300*time.Millisecond {
		t.Error("the tasks ran at the same time")
	}
	l.equal("order", l.vms()[0].Snapshots[0].Name, "1")

	for _, mode := range []string{"call", "task"} {
		l.equal("busy", l.control("POST", "/busy/"+mode, nil, nil), http.StatusOK)
		running, _ := vm.CreateSnapshot(l.ctx, "3", "", false, false)
		l.equal(mode, l.wait(vm.CreateSnapshot(l.ctx, "4", "", false, false)), "TaskInProgress")
		l.equal(mode, l.wait(running, nil), "")
	}
	cancelled, _ := vm.CreateSnapshot(l.ctx, "5", "", false, false)
	l.equal("cancel", cancelled.Cancel(l.ctx), nil)
	l.equal("cancelled", l.wait(cancelled, nil), "RequestCanceled")
}

func TestOneSnapshotIsRemovedOnce(t *testing.T) {
	l := newLab(t, nil)
	vm := l.vm(0)
	ref := l.snapshot(vm, "a")
	results := make([]string, 3)
	var group sync.WaitGroup
	for i := range results {
		group.Add(1)
		go func() {
			defer group.Done()
			results[i] = "call"
			res, err := methods.RemoveSnapshot_Task(l.ctx, l.client, &types.RemoveSnapshot_Task{This: ref})
			if err != nil {
				results[i] = fault(err)
				return
			}
			results[i] = l.wait(object.NewTask(l.client.Client, res.Returnval), nil)
		}()
	}
	group.Wait()
	ok := 0
	for _, r := range results {
		if r == "" {
			ok++
		} else {
			l.equal("loser", r, "ManagedObjectNotFound")
		}
	}
	l.equal("winners", ok, 1)
}
