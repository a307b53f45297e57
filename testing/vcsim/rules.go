package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// stage is the point of a call's way through the simulator at which a rule acts.
type stage int

const (
	stageHTTP stage = iota // before or after the SOAP server sees the call
	stageCall              // the SOAP call itself fails
	stageTask              // the call succeeds, and its task ends in an error
)

// rule makes matching calls fail, hang or lose their reply.
type rule struct {
	Method      string          `json:"method"` // SOAP method name, or * for all
	Object      string          `json:"object,omitempty"`
	Skip        int             `json:"skip,omitempty"`
	Max         int             `json:"max,omitempty"` // 0 = no end
	Fault       string          `json:"fault,omitempty"`
	FaultFields json.RawMessage `json:"faultFields,omitempty"`
	Message     string          `json:"message,omitempty"` // a task error's localizedMessage
	Task        bool            `json:"task,omitempty"`
	DelayMs     int             `json:"delayMs,omitempty"`
	HTTP        int             `json:"http,omitempty"`
	RetryAfter  string          `json:"retryAfter,omitempty"`
	Drop        string          `json:"drop,omitempty"`
	Hits        int             `json:"hits"`
}

func (r *rule) stage() stage {
	switch {
	case r.Task:
		return stageTask
	case r.Fault != "":
		return stageCall
	default:
		return stageHTTP
	}
}

func (r *rule) delay() time.Duration { return time.Duration(r.DelayMs) * time.Millisecond }

func (r *rule) check() error {
	if r.Method == "" {
		return fmt.Errorf("a rule needs a method")
	}
	if !slices.Contains([]string{"", "before", "after"}, r.Drop) {
		return fmt.Errorf("drop must be before or after, not %q", r.Drop)
	}
	if r.HTTP != 0 && (r.HTTP < 400 || r.HTTP > 599) {
		return fmt.Errorf("http must be a status from 400 to 599, not %d", r.HTTP)
	}
	if r.Fault != "" && (r.HTTP != 0 || r.Drop != "") {
		return fmt.Errorf("a rule has a fault, an http status or a drop: give one of them")
	}
	if r.HTTP != 0 && r.Drop != "" {
		return fmt.Errorf("a rule has an http status or a drop: give one of them")
	}
	if r.Task && r.Fault == "" && r.DelayMs == 0 {
		return fmt.Errorf("a task rule needs a fault or a delayMs")
	}
	if r.Fault == "" {
		return nil
	}
	_, err := r.fault()
	return err
}

// fault makes the vim25 fault a rule names, with its fields.
func (r *rule) fault() (types.BaseMethodFault, error) {
	kind, ok := types.TypeFunc()(r.Fault)
	if !ok {
		return nil, fmt.Errorf("vim25 has no type %q", r.Fault)
	}
	fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("vim25 type %q is not a fault", r.Fault)
	}
	if len(r.FaultFields) > 0 {
		if err := json.Unmarshal(r.FaultFields, fault); err != nil {
			return nil, fmt.Errorf("faultFields of %s: %w", r.Fault, err)
		}
	}
	return fault, nil
}

// match takes one use of the first rule that fits and answers a copy of it, or nil.
func (h *harness) match(at stage, method string, objects ...string) *rule {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rules {
		if r.stage() != at || (r.Method != "*" && r.Method != method) {
			continue
		}
		if r.Object != "" && !slices.Contains(objects, r.Object) {
			continue
		}
		if r.Max > 0 && r.Hits >= r.Max {
			continue
		}
		if r.Skip > 0 {
			r.Skip--
			continue
		}
		r.Hits++
		used := *r
		return &used
	}
	return nil
}

func (h *harness) getRules(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	reply(w, h.rules)
}

// setRules replaces all rules, so that a test states all it wants at once.
func (h *harness) setRules(w http.ResponseWriter, r *http.Request) {
	rules := []*rule{}
	if !decode(w, r, &rules) {
		return
	}
	for _, one := range rules {
		one.Hits = 0
		if err := one.check(); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	h.mu.Lock()
	h.rules = rules
	h.mu.Unlock()
	reply(w, rules)
}
