package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// options are the flags.
type options struct {
	vms            int
	autostart      bool
	poweredOff     []string
	username       string
	password       string
	sessionTimeout time.Duration
	quotedCookie   bool
	settings       settings
}

// ready is the one line of JSON on stdout.
type ready struct {
	URL         string `json:"url"`
	Control     string `json:"control"`
	PID         int    `json:"pid"`
	CA          string `json:"ca"`
	Fingerprint string `json:"fingerprint"`
	CreateMs    int64  `json:"createMs"`
}

// running is a started simulator. Its listeners are never closed: closing waits for open WaitForUpdatesEx calls, and
// the process ends anyway.
type running struct {
	ready   ready
	harness *harness
	model   *simulator.Model
}

func serve(o options) (*running, error) {
	startedAt := time.Now()
	// One cluster and no standalone host is one resource pool, and the model makes its VMs per pool.
	model := simulator.VPX()
	model.Host, model.ClusterHost = 0, 1
	model.Machine, model.Autostart = min(o.vms, 1), o.autostart
	// Without this a task holds its VM's lock through its delay, and all reads of the VM wait for it.
	simulator.TaskDelay.MethodDelay = map[string]int{"LockHandoff": 0}
	if err := model.Create(); err != nil {
		return nil, err
	}
	if err := addMachines(model, o.vms, o.autostart); err != nil {
		return nil, err
	}
	reg := model.Map()
	h := newHarness(model.Service, reg, o.settings)
	if o.sessionTimeout > 0 {
		reg.OptionManager().UpdateOptions(&types.UpdateOptions{ChangedValue: []types.BaseOptionValue{
			&types.OptionValue{Key: "config.vmacore.soap.sessionTimeout", Value: o.sessionTimeout.String()},
		}})
	}
	if err := h.powerOff(o.poweredOff); err != nil {
		return nil, err
	}
	reg.Handler = h.handle
	reg.AddHandler(h)
	reg.Put(&overrides{Self: overridesRef, h: h})
	shared := new(collector)
	shared.Self = h.content.PropertyCollector
	reg.Put(shared)

	own, err := newIdentity()
	if err != nil {
		return nil, err
	}
	model.Service.RegisterEndpoints = true
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{own.certificate}, MinVersion: tls.VersionTLS12}
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(o.username, o.password)}
	server := model.Service.NewServer()
	server.Config.Handler = h.front(server.Config.Handler, o.quotedCookie)

	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = http.Serve(control, h.routes()) }()

	public := *server.URL
	public.User = nil
	return &running{
		harness: h,
		model:   model,
		ready: ready{
			URL:         public.String(),
			Control:     "http://" + control.Addr().String(),
			PID:         os.Getpid(),
			CA:          own.pem,
			Fingerprint: own.fingerprint,
			CreateMs:    time.Since(startedAt).Milliseconds(),
		},
	}, nil
}

func (h *harness) powerOff(names []string) error {
	for _, name := range names {
		found := false
		for _, entity := range h.reg.All("VirtualMachine") {
			if vm, ok := entity.(*simulator.VirtualMachine); ok && vm.Name == name {
				found = true
				ctx := h.context()
				ctx.WithLock(vm.Self, func() { setPower(ctx, vm, types.VirtualMachinePowerStatePoweredOff) })
			}
		}
		if !found {
			return fmt.Errorf("-powered-off: no VM %s", name)
		}
	}
	return nil
}

// The harness watches the registry to take a destroyed VM's snapshots away, which govmomi leaves readable.

func (h *harness) Reference() moref                                                      { return moref{Type: "Harness", Value: "harness"} }
func (h *harness) PutObject(*simulator.Context, mo.Reference)                            {}
func (h *harness) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}
func (h *harness) RemoveObject(ctx *simulator.Context, ref moref) {
	vm, ok := h.reg.Get(ref).(*simulator.VirtualMachine)
	if !ok || vm.Snapshot == nil {
		return
	}
	for _, snapshot := range refs(vm.Snapshot.RootSnapshotList) {
		h.reg.Remove(ctx, snapshot)
	}
}
