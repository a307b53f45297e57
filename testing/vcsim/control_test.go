package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

const create = `<CreateSnapshot_Task xmlns="urn:vim25"><_this type="VirtualMachine">VM</_this><name>x</name><memory>false</memory><quiesce>false</quiesce></CreateSnapshot_Task>`

func TestRulesByCountAndObject(t *testing.T) {
	l := newLab(t, nil)
	vm, other := l.vm(0), l.vm(1)
	l.equal("rules", l.control("POST", "/rules", []map[string]any{
		{"method": "CreateSnapshot_Task", "fault": "NoPermission", "faultFields": map[string]string{"privilegeId": "VirtualMachine.State.CreateSnapshot"}, "skip": 1, "max": 1, "object": vm.Reference().Value},
		{"method": "RemoveSnapshot_Task", "fault": "FileLocked", "task": true, "max": 1, "message": "locked"},
	}, nil), 200)
	ref := l.snapshot(vm, "skipped")
	l.snapshot(other, "another object")
	l.equal("denied", l.wait(vm.CreateSnapshot(l.ctx, "denied", "", false, false)), "NoPermission")
	l.equal("again", l.wait(vm.CreateSnapshot(l.ctx, "again", "", false, false)), "")
	l.equal("locked", l.wait(vm.RemoveSnapshot(l.ctx, ref.Value, false, nil)), "FileLocked")
	l.equal("unlocked", l.wait(vm.RemoveSnapshot(l.ctx, ref.Value, false, nil)), "")
	for _, wrong := range []map[string]any{
		{"method": "X", "fault": "NoSuchFault"}, {"method": "X", "fault": "ManagedObjectReference"}, {"method": "X", "drop": "never"},
		{"fault": "FileLocked"}, {"method": "X", "typo": 1},
	} {
		l.equal("wrong rule", l.control("POST", "/rules", []map[string]any{wrong}, nil), 400)
	}
}

func TestLostRepliesAndHTTPErrors(t *testing.T) {
	l := newLab(t, nil)
	jar, body := l.login(), strings.Replace(create, "VM<", l.vms()[0].Moref+"<", 1)
	l.control("GET", "/journal?reset", nil, nil)
	names := func() int {
		time.Sleep(50 * time.Millisecond)
		n := 0
		for list := l.vms()[0].Snapshots; len(list) > 0; list = list[0].Children {
			n++
		}
		return n
	}
	for i, step := range []struct {
		rule   map[string]any
		wanted int
	}{{map[string]any{"drop": "before"}, 0}, {map[string]any{"drop": "after"}, 1}} {
		step.rule["method"], step.rule["max"] = "CreateSnapshot_Task", 1
		l.control("POST", "/rules", []any{step.rule}, nil)
		if _, _, err := l.raw(jar, body); err == nil {
			t.Error("the connection stayed open", i)
		}
		l.equal("snapshots", names(), step.wanted)
	}
	l.control("POST", "/rules", []any{map[string]any{"method": "*", "http": 503, "max": 1}}, nil)
	status, _, err := l.raw(jar, body)
	l.equal("status", []any{status, err}, []any{503, nil})
	journal := []entry{}
	l.control("GET", "/journal", nil, &journal)
	outcomes := []string{}
	for _, e := range journal {
		outcomes = append(outcomes, e.Outcome)
	}
	l.equal("outcomes", outcomes, []string{"dropped-before", "dropped-after", "http"})
	l.equal("object", journal[0].Object, l.vms()[0].Moref)
}

func TestExpiredSessions(t *testing.T) {
	l := newLab(t, nil)
	jar, body := l.login(), strings.Replace(create, "VM<", l.vms()[0].Moref+"<", 1)
	l.control("POST", "/sessions/expire", nil, nil)
	status, text, _ := l.raw(jar, body)
	l.equal("write", []any{status, strings.Contains(text, "NotAuthenticatedFault")}, []any{500, true})
	status, text, _ = l.raw(jar, `<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet><propSet><type>VirtualMachine</type><pathSet>snapshot</pathSet></propSet><objectSet><obj type="VirtualMachine">`+l.vms()[0].Moref+`</obj></objectSet></specSet><options/></RetrievePropertiesEx>`)
	l.equal("read", []any{status, strings.Contains(text, "<missingSet>") && strings.Contains(text, "NotAuthenticated")}, []any{200, true})
}

func TestAdminByHand(t *testing.T) {
	l := newLab(t, nil)
	at := "/vm/" + l.vms()[0].Moref
	made := map[string]string{}
	l.equal("create", l.control("POST", at+"/snapshots", snapshotSpec{Name: "hand", Memory: true}, &made), 200)
	l.equal("state", l.vms()[0].Snapshots[0].State, "poweredOn")
	l.control("PATCH", at+"/snapshots/"+made["moref"], map[string]string{"description": "by hand"}, nil)
	l.equal("described", l.vms()[0].Snapshots[0].Description, "by hand")
	l.control("POST", at+"/power/off", nil, nil)
	l.equal("off", l.vms()[0].Power, "poweredOff")
	l.equal("revert", l.control("POST", at+"/revert/"+made["moref"], nil, nil), 200)
	l.equal("on again", l.vms()[0].Power, "poweredOn")
	l.control("POST", at+"/consolidation/true?requiredKb=2048", nil, nil)
	l.equal("needed", l.vms()[0].ConsolidationNeeded, true)
	l.control("POST", "/datastores/LocalDS_0/free", map[string]int{"freeSpace": 1024}, nil)
	res, err := methods.ConsolidateVMDisks_Task(l.ctx, l.client, &types.ConsolidateVMDisks_Task{This: l.vm(0).Reference()})
	l.equal("consolidate", err, nil)
	l.equal("space", l.wait(object.NewTask(l.client.Client, res.Returnval), nil), "NoDiskSpace")
	est, err := methods.EstimateStorageForConsolidateSnapshots_Task(l.ctx, l.client, &types.EstimateStorageForConsolidateSnapshots_Task{This: l.vm(0).Reference()})
	l.equal("estimate", err, nil)
	info, err := object.NewTask(l.client.Client, est.Returnval).WaitForResult(l.ctx)
	l.equal("estimated", err, nil)
	l.equal("required", info.Result.(types.ArrayOfStorageRequirement).StorageRequirement[0].FreeSpaceRequiredInKb, 2048)
	l.control("POST", at+"/rename", map[string]string{"name": "new name"}, nil)
	l.equal("renamed", []any{l.vms()[0].Name, l.vms()[0].Path}, []any{"new name", "/DC0/vm/new name"})
	l.equal("remove", l.control("DELETE", at+"/snapshots/"+made["moref"], nil, nil), 200)
	l.equal("again", l.control("DELETE", at+"/snapshots/"+made["moref"], nil, nil), 404)
	l.equal("clone", l.control("POST", at+"/clone", map[string]string{"folder": "other"}, nil), 200)
	l.equal("same name", []any{l.vms()[2].Name, l.vms()[2].Path}, []any{"new name", "/DC0/vm/other/new name"})
	l.equal("destroy", l.control("DELETE", at, nil, nil), 200)
	l.equal("VMs", len(l.vms()), 2)
}

func TestManyWaitersOnOneCollector(t *testing.T) {
	l := newLab(t, func(o *options) { o.settings.taskDelay = 50 * time.Millisecond; o.vms = 6 })
	shared := property.DefaultCollector(l.client.Client)
	var group sync.WaitGroup
	for i := range 6 {
		vm := l.vm(i)
		group.Add(1)
		go func() {
			defer group.Done()
			task, err := vm.CreateSnapshot(l.ctx, "w", "", false, false)
			if err != nil {
				t.Error(err)
				return
			}
			filter := types.PropertyFilterSpec{
				ObjectSet: []types.ObjectSpec{{Obj: task.Reference()}},
				PropSet:   []types.PropertySpec{{Type: "Task", PathSet: []string{"info.state"}}},
			}
			made, err := methods.CreateFilter(l.ctx, l.client, &types.CreateFilter{This: shared.Reference(), Spec: filter})
			if err != nil {
				t.Error(err)
				return
			}
			for version, ended := "", false; !ended; {
				set, err := methods.WaitForUpdatesEx(l.ctx, l.client, &types.WaitForUpdatesEx{This: shared.Reference(), Version: version})
				if err != nil {
					t.Error(err)
					return
				}
				version = set.Returnval.Version
				for _, f := range set.Returnval.FilterSet {
					ended = ended || f.Filter == made.Returnval && f.ObjectSet[0].ChangeSet[0].Val == types.TaskInfoStateSuccess
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		t.Fatal("the waiters hang")
	}
}
