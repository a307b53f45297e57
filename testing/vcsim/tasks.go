package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// work is what an operation does once it is its turn. It runs with the VM's lock held by ctx.
type work func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault)

// job is a snapshot task to be.
type job struct {
	method  string // as in the SOAP call; rules go by it
	name    string // as in the task's descriptionId
	vm      moref
	objects []string // the objects a rule may name
	run     work
}

// The simulator numbers its own tasks from 1.
const firstTask = 1_000_000

// start queues a job behind the VM's other jobs and answers its task. govmomi's own Task.Run is not used: its delay
// cannot be changed while it runs, its tasks on one VM overlap, and one that was cancelled still ends in success.
func (h *harness) start(j job) (moref, types.BaseMethodFault) {
	ctx := h.context()
	failing := h.match(stageTask, j.method, j.objects...)
	if failing == nil {
		failing = new(rule)
	}

	h.mu.Lock()
	model := h.model(j.vm)
	busy := len(model.running) > 0 && h.settings.busy != ""
	if busy && h.settings.busy == "call" {
		defer h.mu.Unlock()
		return moref{}, &types.TaskInProgress{Task: model.running[0]}
	}
	h.lastTask++
	task := simulator.CreateTask(j.vm, j.name, nil)
	task.Self = moref{Type: "Task", Value: fmt.Sprintf("task-%d", firstTask+h.lastTask)}
	task.Info.Key, task.Info.Task, task.Info.Cancelable = task.Self.Value, task.Self, true
	var refused types.BaseMethodFault
	turn, ended := model.tail, make(chan struct{})
	if busy {
		refused = &types.TaskInProgress{Task: model.running[0]}
	} else {
		model.tail = ended
		model.running = append(model.running, task.Self)
	}
	delay := h.settings.taskDelay + failing.delay()
	h.mu.Unlock()

	if vm, ok := h.reg.Get(j.vm).(mo.Entity); ok {
		task.Info.EntityName = vm.Entity().Name
	}
	ctx.WithLock(j.vm, func() { h.reg.Put(task) }) // Put adds it to the VM's recentTask
	if refused != nil {
		h.end(ctx, task, nil, refused, "Another task is already in progress.")
		return task.Self, nil
	}
	go func() {
		<-turn
		if h.delayed(ctx, task, delay) {
			res, fault := h.outcome(ctx, j, failing)
			h.end(ctx, task, res, fault, failing.Message)
		}
		h.mu.Lock()
		model.running = model.running[1:]
		h.mu.Unlock()
		close(ended)
	}()
	return task.Self, nil
}

func (h *harness) outcome(ctx *simulator.Context, j job, failing *rule) (types.AnyType, types.BaseMethodFault) {
	if failing.Fault != "" {
		fault, err := failing.fault()
		if err != nil {
			fault = &types.SystemError{Reason: err.Error()}
		}
		return nil, fault
	}
	return h.onVM(ctx, j.vm, j.run)
}

// onVM runs work with the VM's lock held, on a fresh copy of its snapshot tree: replies are encoded after their lock is
// released, so a tree a reader may still hold must not change under it.
func (h *harness) onVM(ctx *simulator.Context, ref moref, run work) (res types.AnyType, fault types.BaseMethodFault) {
	ctx.WithLock(ref, func() {
		vm, ok := h.reg.Get(ref).(*simulator.VirtualMachine)
		if !ok {
			fault = &types.ManagedObjectNotFound{Obj: ref}
			return
		}
		if vm.Snapshot != nil {
			own := *vm.Snapshot
			own.RootSnapshotList = cloneTree(own.RootSnapshotList)
			vm.Snapshot = &own
		}
		res, fault = run(ctx, vm)
	})
	return res, fault
}

// delayed lets a task's time pass, with progress, and says whether it is still wanted.
func (h *harness) delayed(ctx *simulator.Context, task *simulator.Task, delay time.Duration) bool {
	if !h.update(ctx, task, change("info.state", types.TaskInfoStateRunning), change("info.startTime", time.Now())) {
		return false
	}
	const slice = 25 * time.Millisecond
	for started := time.Now(); ; {
		left := delay - time.Since(started)
		if left <= 0 {
			return h.update(ctx, task)
		}
		time.Sleep(min(left, slice))
		progress := int32(min(99, 100*time.Since(started)/delay))
		if !h.update(ctx, task, change("info.progress", progress)) {
			return false
		}
	}
}

func (h *harness) end(ctx *simulator.Context, task *simulator.Task, res types.AnyType, fault types.BaseMethodFault, message string) {
	changes := []types.PropertyChange{change("info.completeTime", time.Now())}
	if fault == nil {
		changes = append(changes, change("info.state", types.TaskInfoStateSuccess), change("info.result", res))
	} else {
		if message == "" {
			message = fmt.Sprintf("%T", fault)
		}
		changes = append(changes, change("info.state", types.TaskInfoStateError),
			change("info.error", types.LocalizedMethodFault{Fault: fault, LocalizedMessage: message}))
	}
	h.update(ctx, task, changes...)
}

// update changes a task unless it has ended, which CancelTask does from outside.
func (h *harness) update(ctx *simulator.Context, task *simulator.Task, changes ...types.PropertyChange) (live bool) {
	ctx.WithLock(task.Self, func() {
		live = task.Info.State == types.TaskInfoStateQueued || task.Info.State == types.TaskInfoStateRunning
		if live && len(changes) > 0 {
			ctx.Update(task, changes)
		}
	})
	return live
}

func change(name string, val types.AnyType) types.PropertyChange {
	return types.PropertyChange{Name: name, Val: val}
}

// inner runs one of the simulator's own tasks to its end inside ours, and takes it out of sight again.
func (h *harness) inner(ctx *simulator.Context, vm *simulator.VirtualMachine, begin func() moref) (types.AnyType, types.BaseMethodFault) {
	ref := begin()
	task := h.reg.Get(ref).(*simulator.Task)
	watch := h.context()
	var info types.TaskInfo
	for info.State != types.TaskInfoStateSuccess && info.State != types.TaskInfoStateError {
		time.Sleep(100 * time.Microsecond)
		watch.WithLock(ref, func() { info = task.Info })
	}
	vm.RecentTask = without(vm.RecentTask, ref)
	if manager, ok := h.reg.Get(*h.content.TaskManager).(*simulator.TaskManager); ok {
		manager.Lock()
		manager.RecentTask = without(manager.RecentTask, ref)
		manager.Unlock()
	}
	h.reg.Remove(ctx, ref)
	if info.Error != nil {
		return nil, info.Error.Fault
	}
	return info.Result, nil
}

// without answers a new list: a reader may hold the old one.
func without(list []moref, ref moref) []moref {
	rest := []moref{}
	for _, one := range list {
		if one != ref {
			rest = append(rest, one)
		}
	}
	return rest
}

// notFound is the SOAP fault of a call on an object that is gone.
func notFound(ref moref) *soap.Fault {
	return simulator.Fault("The object has already been deleted or has not been completely created",
		&types.ManagedObjectNotFound{Obj: ref})
}
