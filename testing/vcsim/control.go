package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// routes is the control API: what a test, or an admin out of its sight, does to the simulator. None of it goes through
// a SOAP session, so none of it is counted, written to the journal or subject to a rule.
func (h *harness) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /calls", h.getCalls)
	mux.HandleFunc("GET /journal", h.getJournal)
	mux.HandleFunc("GET /rules", h.getRules)
	mux.HandleFunc("POST /rules", h.setRules)
	mux.HandleFunc("POST /delay", h.setDelay)
	mux.HandleFunc("POST /busy/{mode}", h.setBusy)
	mux.HandleFunc("POST /sessions/expire", h.expireSessions)
	mux.HandleFunc("GET /datastores", h.getDatastores)
	mux.HandleFunc("POST /datastores/{ds}/free", h.setFreeSpace)
	h.vmRoutes(mux)
	return mux
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// decode reads a JSON body, an absent one as no change; unknown fields are refused, since a mistyped one would make a
// test prove nothing.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil && err != io.EOF {
		refuse(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

func (h *harness) setDelay(w http.ResponseWriter, r *http.Request) {
	var body struct {
		CallMs *int `json:"callMs"`
		TaskMs *int `json:"taskMs"`
	}
	if !decode(w, r, &body) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if body.CallMs != nil {
		h.settings.callDelay = time.Duration(*body.CallMs) * time.Millisecond
	}
	if body.TaskMs != nil {
		h.settings.taskDelay = time.Duration(*body.TaskMs) * time.Millisecond
	}
	reply(w, map[string]int64{
		"callMs": h.settings.callDelay.Milliseconds(),
		"taskMs": h.settings.taskDelay.Milliseconds(),
	})
}

func (h *harness) setBusy(w http.ResponseWriter, r *http.Request) {
	mode := r.PathValue("mode")
	if !slices.Contains([]string{"wait", "call", "task"}, mode) {
		refuse(w, http.StatusBadRequest, "busy must be wait, call or task")
		return
	}
	h.mu.Lock()
	h.settings.busy = busyMode(mode)
	h.mu.Unlock()
	reply(w, map[string]string{"busy": mode})
}

func busyMode(mode string) string {
	if mode == "wait" {
		return ""
	}
	return mode
}

// expireSessions logs all sessions out on the server's side; clients learn it from their next call.
func (h *harness) expireSessions(w http.ResponseWriter, _ *http.Request) {
	view := &simulator.Session{Registry: simulator.NewRegistry(), Map: h.reg}
	manager := view.Get(*h.content.SessionManager).(*simulator.SessionManager)
	ids := []string{}
	for _, session := range manager.SessionList {
		ids = append(ids, session.Key)
	}
	ctx := h.context()
	ctx.Session = view // TerminateSession compares the caller's key with those to end
	manager.TerminateSession(ctx, &types.TerminateSession{SessionId: ids})
	reply(w, map[string]int{"expired": len(ids)})
}

type datastoreView struct {
	Moref     string `json:"moref"`
	Name      string `json:"name"`
	Capacity  int64  `json:"capacity"`
	FreeSpace int64  `json:"freeSpace"`
}

func (h *harness) datastores() []*simulator.Datastore {
	all := []*simulator.Datastore{}
	for _, entity := range h.reg.All("Datastore") {
		if ds, ok := entity.(*simulator.Datastore); ok {
			all = append(all, ds)
		}
	}
	return all
}

func viewDatastore(ds *simulator.Datastore) datastoreView {
	return datastoreView{ds.Self.Value, ds.Name, ds.Summary.Capacity, ds.Summary.FreeSpace}
}

func (h *harness) getDatastores(w http.ResponseWriter, _ *http.Request) {
	views := []datastoreView{}
	for _, ds := range h.datastores() {
		h.context().WithLock(ds.Self, func() { views = append(views, viewDatastore(ds)) })
	}
	reply(w, views)
}

func (h *harness) setFreeSpace(w http.ResponseWriter, r *http.Request) {
	var body struct {
		FreeSpace int64 `json:"freeSpace"`
	}
	if !decode(w, r, &body) {
		return
	}
	for _, ds := range h.datastores() {
		if ds.Self.Value != r.PathValue("ds") && ds.Name != r.PathValue("ds") {
			continue
		}
		ctx := h.context()
		ctx.WithLock(ds.Self, func() {
			ds.Info.GetDatastoreInfo().FreeSpace = body.FreeSpace
			ctx.Update(ds, []types.PropertyChange{change("summary.freeSpace", body.FreeSpace)})
			reply(w, viewDatastore(ds))
		})
		return
	}
	refuse(w, http.StatusNotFound, "no datastore "+r.PathValue("ds"))
}
