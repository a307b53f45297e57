package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

func (h *harness) vmRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /vms", h.getVMs)
	mux.HandleFunc("DELETE /vm/{vm}", h.destroyVM)
	mux.HandleFunc("POST /vm/{vm}/clone", h.cloneVM)
	mux.HandleFunc("POST /vm/{vm}/rename", h.renameVM)
	mux.HandleFunc("POST /vm/{vm}/power/{state}", h.powerVM)
	mux.HandleFunc("POST /vm/{vm}/consolidation/{needed}", h.setConsolidation)
	mux.HandleFunc("POST /vm/{vm}/quiesce/{mode}", h.setQuiesce)
	mux.HandleFunc("POST /vm/{vm}/tools/{status}", h.setTools)
	mux.HandleFunc("POST /vm/{vm}/hardware", h.setHardware)
	mux.HandleFunc("POST /vm/{vm}/vapp", h.moveIntoVApp)
	mux.HandleFunc("POST /vm/{vm}/snapshots", h.createByHand)
	mux.HandleFunc("DELETE /vm/{vm}/snapshots/{snapshot}", h.removeByHand)
	mux.HandleFunc("PATCH /vm/{vm}/snapshots/{snapshot}", h.renameByHand)
	mux.HandleFunc("POST /vm/{vm}/revert/{snapshot}", h.revertByHand)
}

func vmRef(r *http.Request) moref { return moref{Type: "VirtualMachine", Value: r.PathValue("vm")} }

func snapshotRef(r *http.Request) moref {
	return moref{Type: "VirtualMachineSnapshot", Value: r.PathValue("snapshot")}
}

// byHand does work at once, outside of tasks, rules and delays.
func (h *harness) byHand(w http.ResponseWriter, r *http.Request, run work) {
	res, fault := h.onVM(h.context(), vmRef(r), run)
	if fault != nil {
		status := http.StatusConflict
		if _, gone := fault.(*types.ManagedObjectNotFound); gone {
			status = http.StatusNotFound
		}
		refuse(w, status, fmt.Sprintf("%T", fault))
		return
	}
	if ref, ok := res.(moref); ok {
		reply(w, map[string]string{"moref": ref.Value})
		return
	}
	reply(w, map[string]string{})
}

// set is byHand for changes that cannot fail.
func (h *harness) set(w http.ResponseWriter, r *http.Request, run func(*simulator.Context, *simulator.VirtualMachine)) {
	h.byHand(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		run(ctx, vm)
		return nil, nil
	})
}

func (h *harness) createByHand(w http.ResponseWriter, r *http.Request) {
	var spec snapshotSpec
	if decode(w, r, &spec) {
		h.byHand(w, r, h.create(spec))
	}
}

func (h *harness) removeByHand(w http.ResponseWriter, r *http.Request) {
	h.byHand(w, r, h.remove(snapshotRef(r), r.URL.Query().Get("children") == "true", true))
}

func (h *harness) renameByHand(w http.ResponseWriter, r *http.Request) {
	var body struct{ Name, Description *string }
	if decode(w, r, &body) {
		h.byHand(w, r, h.rename(snapshotRef(r), body.Name, body.Description))
	}
}

func (h *harness) revertByHand(w http.ResponseWriter, r *http.Request) {
	h.byHand(w, r, h.revert(snapshotRef(r), false))
}

func (h *harness) renameVM(w http.ResponseWriter, r *http.Request) {
	var body struct{ Name string }
	if !decode(w, r, &body) {
		return
	}
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) {
		ctx.Update(vm, []types.PropertyChange{
			change("name", body.Name), change("config.name", body.Name), change("summary.config.name", body.Name),
		})
	})
}

func (h *harness) powerVM(w http.ResponseWriter, r *http.Request) {
	states := map[string]types.VirtualMachinePowerState{
		"on":        types.VirtualMachinePowerStatePoweredOn,
		"off":       types.VirtualMachinePowerStatePoweredOff,
		"suspended": types.VirtualMachinePowerStateSuspended,
	}
	state, ok := states[r.PathValue("state")]
	if !ok {
		refuse(w, http.StatusBadRequest, "power must be on, off or suspended")
		return
	}
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) { setPower(ctx, vm, state) })
}

// setConsolidation may also say how much space the consolidation will take: ?requiredKb=.
func (h *harness) setConsolidation(w http.ResponseWriter, r *http.Request) {
	var required int64
	if text := r.URL.Query().Get("requiredKb"); text != "" {
		if _, err := fmt.Sscan(text, &required); err != nil {
			refuse(w, http.StatusBadRequest, "requiredKb: "+err.Error())
			return
		}
	}
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) {
		h.mu.Lock()
		h.model(vm.Self).requiredKb = required
		h.mu.Unlock()
		ctx.Update(vm, []types.PropertyChange{change("runtime.consolidationNeeded", r.PathValue("needed") == "true")})
	})
}

func (h *harness) setQuiesce(w http.ResponseWriter, r *http.Request) {
	mode := quiesceMode(r.PathValue("mode"))
	if !slices.Contains(quiesceModes, mode) {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("quiesce must be one of %v", quiesceModes))
		return
	}
	h.set(w, r, func(_ *simulator.Context, vm *simulator.VirtualMachine) {
		h.mu.Lock()
		h.model(vm.Self).quiesce = mode
		h.mu.Unlock()
	})
}

func (h *harness) setTools(w http.ResponseWriter, r *http.Request) {
	h.set(w, r, func(ctx *simulator.Context, vm *simulator.VirtualMachine) {
		if vm.Guest == nil {
			vm.Guest = new(types.GuestInfo)
		}
		ctx.Update(vm, []types.PropertyChange{change("guest.toolsRunningStatus", r.PathValue("status"))})
	})
}

func (h *harness) client() (*vim25.Client, error) {
	return vim25.NewClient(context.Background(), h.service)
}

// destroyVM goes on where the API would refuse: a powered-on VM is switched off first.
func (h *harness) destroyVM(w http.ResponseWriter, r *http.Request) {
	_, fault := h.onVM(h.context(), vmRef(r), func(ctx *simulator.Context, vm *simulator.VirtualMachine) (types.AnyType, types.BaseMethodFault) {
		setPower(ctx, vm, types.VirtualMachinePowerStatePoweredOff)
		return nil, nil
	})
	if fault != nil {
		refuse(w, http.StatusNotFound, fmt.Sprintf("%T", fault))
		return
	}
	client, err := h.client()
	if err == nil {
		var task *object.Task
		if task, err = object.NewVirtualMachine(client, vmRef(r)).Destroy(r.Context()); err == nil {
			err = task.Wait(r.Context())
		}
	}
	if err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	reply(w, map[string]string{})
}

// cloneVM puts a VM into a folder below /DC0/vm, by default under the same name, so that the name fits two VMs.
func (h *harness) cloneVM(w http.ResponseWriter, r *http.Request) {
	var body struct{ Folder, Name string }
	if !decode(w, r, &body) {
		return
	}
	vm, ok := h.reg.Get(vmRef(r)).(*simulator.VirtualMachine)
	if !ok || body.Folder == "" {
		refuse(w, http.StatusBadRequest, "clone needs a VM that exists and the name of a folder")
		return
	}
	if body.Name == "" {
		body.Name = vm.Name
	}
	ref, err := h.clone(r.Context(), vm, body.Folder, body.Name)
	if err != nil {
		refuse(w, http.StatusConflict, err.Error())
		return
	}
	reply(w, map[string]string{"moref": ref.Value})
}
