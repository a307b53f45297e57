package main

import (
	"encoding/json"
	"hash/fnv"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// collector replaces the session's default property collector. Two requests waiting on govmomi's lose each other's
// updates, and both hang. Here a version is a digest of what the filters see, so that any number of waiters is right;
// the price is that every update carries the whole state.
type collector struct {
	simulator.PropertyCollector
	mu        sync.Mutex
	specs     map[moref]types.PropertyFilterSpec
	cancelled int
}

func (c *collector) CreateFilter(ctx *simulator.Context, req *types.CreateFilter) soap.HasFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	res := c.PropertyCollector.CreateFilter(ctx, req)
	if body, ok := res.(*methods.CreateFilterBody); ok && body.Res != nil {
		if c.specs == nil {
			c.specs = map[moref]types.PropertyFilterSpec{}
		}
		c.specs[body.Res.Returnval] = req.Spec
	}
	return res
}

func (c *collector) CancelWaitForUpdates(*types.CancelWaitForUpdates) soap.HasFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelled++
	return &methods.CancelWaitForUpdatesBody{Res: new(types.CancelWaitForUpdatesResponse)}
}

func (c *collector) WaitForUpdatesEx(ctx *simulator.Context, req *types.WaitForUpdatesEx) soap.HasFault {
	end := time.Now().Add(time.Minute)
	if req.Options != nil && req.Options.MaxWaitSeconds != nil {
		end = time.Now().Add(time.Duration(*req.Options.MaxWaitSeconds) * time.Second)
	}
	c.mu.Lock()
	started := c.cancelled
	c.mu.Unlock()
	for {
		set, cancelled := c.look(ctx, req)
		if cancelled != started {
			return &methods.WaitForUpdatesExBody{Fault_: simulator.Fault("", new(types.RequestCanceled))}
		}
		if set.Version != req.Version {
			return &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{Returnval: set}}
		}
		if !time.Now().Before(end) {
			return &methods.WaitForUpdatesExBody{Res: new(types.WaitForUpdatesExResponse)}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// look reads all filters once.
func (c *collector) look(ctx *simulator.Context, req *types.WaitForUpdatesEx) (*types.UpdateSet, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := types.ObjectUpdateKindModify
	if req.Version == "" {
		kind = types.ObjectUpdateKindEnter
	}
	set := new(types.UpdateSet)
	for ref, spec := range c.specs {
		if ctx.Session.Registry.Get(ref) == nil {
			delete(c.specs, ref) // DestroyPropertyFilter
			continue
		}
		read := &types.RetrievePropertiesEx{This: req.This, SpecSet: []types.PropertyFilterSpec{spec}}
		body, ok := c.RetrievePropertiesEx(ctx, read).(*methods.RetrievePropertiesExBody)
		if !ok || body.Res == nil || body.Res.Returnval == nil {
			continue
		}
		update := types.PropertyFilterUpdate{Filter: ref}
		for _, object := range body.Res.Returnval.Objects {
			one := types.ObjectUpdate{Kind: kind, Obj: object.Obj}
			for _, p := range object.PropSet {
				one.ChangeSet = append(one.ChangeSet, types.PropertyChange{Name: p.Name, Op: types.PropertyChangeOpAssign, Val: p.Val})
			}
			update.ObjectSet = append(update.ObjectSet, one)
		}
		set.FilterSet = append(set.FilterSet, update)
	}
	sort.Slice(set.FilterSet, func(i, j int) bool { return set.FilterSet[i].Filter.Value < set.FilterSet[j].Filter.Value })
	set.Version = digest(set)
	return set, c.cancelled
}

// digest leaves the kind of update out, which says how old the reader's version is and not what there is to see.
func digest(set *types.UpdateSet) string {
	sum := fnv.New64a()
	encoder := json.NewEncoder(sum)
	for _, filter := range set.FilterSet {
		_ = encoder.Encode(filter.Filter.Value)
		for _, object := range filter.ObjectSet {
			_ = encoder.Encode(object.Obj.Value)
			_ = encoder.Encode(object.ChangeSet)
		}
	}
	return strconv.FormatUint(sum.Sum64(), 16)
}
