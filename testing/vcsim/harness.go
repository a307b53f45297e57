package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// harness is what this project adds to govmomi's simulator: its state, and a record of what clients asked.
type harness struct {
	service *simulator.Service
	reg     *simulator.Registry
	content types.ServiceContent

	mu       sync.Mutex
	calls    map[string]int
	journal  []*entry
	rules    []*rule
	vms      map[moref]*vmModel
	settings settings
	lastTask int64
}

type settings struct {
	callDelay   time.Duration
	taskDelay   time.Duration
	maxLevels   int
	decodeNames bool
	// busy says what a second snapshot task on a busy VM meets: it waits (""), the call fails ("call"), or its task
	// fails ("task").
	busy string
}

// vmModel is the state of one VM that govmomi's simulator has no place for.
type vmModel struct {
	quiesce    quiesceMode
	requiredKb int64
	tail       chan struct{} // closed when the last task queued so far has ended
	running    []moref
}

// entry is one call in the journal. Its number is the order of arrival, its outcome comes when the reply is written.
type entry struct {
	N       int       `json:"n"`
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	Object  string    `json:"object"`
	Outcome string    `json:"outcome"`
	Fault   string    `json:"fault,omitempty"`
}

func newHarness(service *simulator.Service, reg *simulator.Registry, s settings) *harness {
	return &harness{
		service:  service,
		reg:      reg,
		content:  reg.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content,
		calls:    map[string]int{},
		journal:  []*entry{},
		rules:    []*rule{},
		vms:      map[moref]*vmModel{},
		settings: s,
	}
}

// context is a new owner of locks. The simulator lets code that shares a context share its locks, so two operations
// must never share one.
func (h *harness) context() *simulator.Context {
	own := *h.service.Context
	return &own
}

func (h *harness) now() settings {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settings
}

// model is called with h.mu held.
func (h *harness) model(vm moref) *vmModel {
	m, ok := h.vms[vm]
	if !ok {
		ended := make(chan struct{})
		close(ended)
		m = &vmModel{quiesce: quiesceAsAsked, tail: ended}
		h.vms[vm] = m
	}
	return m
}

func (h *harness) arrived(c call) *entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls[c.method]++
	e := &entry{N: len(h.journal) + 1, Time: time.Now(), Method: c.method, Object: c.object, Outcome: "pending"}
	h.journal = append(h.journal, e)
	return e
}

func (h *harness) answered(e *entry, outcome, fault string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.Outcome, e.Fault = outcome, fault
}

func (h *harness) getCalls(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	reply(w, h.calls)
	if r.URL.Query().Has("reset") {
		h.calls = map[string]int{}
	}
}

func (h *harness) getJournal(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	reply(w, h.journal)
	if r.URL.Query().Has("reset") {
		h.journal = []*entry{}
	}
}
