package main

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
)

type vmView struct {
	Moref               string         `json:"moref"`
	Name                string         `json:"name"`
	Path                string         `json:"path"`
	UUID                string         `json:"uuid"`
	InstanceUUID        string         `json:"instanceUuid"`
	Power               string         `json:"power"`
	Tools               string         `json:"tools"`
	ConsolidationNeeded bool           `json:"consolidationNeeded"`
	RunningTasks        int            `json:"runningTasks"`
	Current             *string        `json:"current"`
	Snapshots           []snapshotView `json:"snapshots"`
}

type snapshotView struct {
	Moref       string         `json:"moref"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	State       string         `json:"state"`
	Quiesced    bool           `json:"quiesced"`
	CreateTime  time.Time      `json:"createTime"`
	Children    []snapshotView `json:"children"`
}

func (h *harness) getVMs(w http.ResponseWriter, _ *http.Request) {
	views := []vmView{}
	for _, entity := range h.reg.All("VirtualMachine") {
		if vm, ok := entity.(*simulator.VirtualMachine); ok {
			h.context().WithLock(vm.Self, func() { views = append(views, h.viewVM(vm)) })
		}
	}
	sort.Slice(views, func(i, j int) bool { return number(views[i].Moref) < number(views[j].Moref) })
	reply(w, views)
}

// number orders vm-9 before vm-10, that is, by creation.
func number(ref string) int {
	n, _ := strconv.Atoi(ref[strings.LastIndex(ref, "-")+1:])
	return n
}

func (h *harness) viewVM(vm *simulator.VirtualMachine) vmView {
	view := vmView{
		Moref:               vm.Self.Value,
		Name:                vm.Name,
		Path:                h.path(vm),
		UUID:                vm.Config.Uuid,
		InstanceUUID:        vm.Config.InstanceUuid,
		Power:               string(vm.Runtime.PowerState),
		ConsolidationNeeded: vm.Runtime.ConsolidationNeeded,
		Snapshots:           []snapshotView{},
	}
	h.mu.Lock()
	view.RunningTasks = len(h.model(vm.Self).running)
	h.mu.Unlock()
	if vm.Guest != nil {
		view.Tools = vm.Guest.ToolsRunningStatus
	}
	if vm.Snapshot != nil {
		view.Snapshots = viewTree(vm.Snapshot.RootSnapshotList)
		if vm.Snapshot.CurrentSnapshot != nil {
			view.Current = &vm.Snapshot.CurrentSnapshot.Value
		}
	}
	return view
}

func viewTree(list []node) []snapshotView {
	views := []snapshotView{}
	for _, n := range list {
		views = append(views, snapshotView{
			Moref:       n.Snapshot.Value,
			Name:        n.Name,
			Description: n.Description,
			State:       string(n.State),
			Quiesced:    n.Quiesced,
			CreateTime:  n.CreateTime,
			Children:    viewTree(n.ChildSnapshotList),
		})
	}
	return views
}

// path is the inventory path, without the root folder, as FindByInventoryPath takes it.
func (h *harness) path(entity mo.Entity) string {
	path := ""
	for entity != nil {
		me := entity.Entity()
		if me.Parent == nil {
			break
		}
		path = "/" + me.Name + path
		entity, _ = h.reg.Get(*me.Parent).(mo.Entity)
	}
	return path
}
