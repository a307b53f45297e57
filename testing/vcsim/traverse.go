package main

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// RetrievePropertiesEx resolves selections as vCenter does: a traversal follows a property of objects of its own type.
// govmomi's simulator follows it from any object that has such a property, so a traversal of the pools in a vApp leads
// from each VM to all VMs of its pool.
func (c *collector) RetrievePropertiesEx(ctx *simulator.Context, req *types.RetrievePropertiesEx) soap.HasFault {
	plain := *req
	plain.SpecSet = append([]types.PropertyFilterSpec(nil), req.SpecSet...)
	for i, spec := range plain.SpecSet {
		t := &traversal{ctx: ctx, named: map[string]*types.TraversalSpec{}, seen: map[visit]bool{}}
		for _, object := range spec.ObjectSet {
			t.name(object.SelectSet)
		}
		for _, object := range spec.ObjectSet {
			start := types.ObjectSpec{Obj: object.Obj, Skip: object.Skip}
			if object.Skip == nil || !*object.Skip {
				t.found = append(t.found, start)
			}
			if !t.follow(object.Obj, object.SelectSet) {
				return c.PropertyCollector.RetrievePropertiesEx(ctx, req) // refuses a name that nothing has
			}
		}
		plain.SpecSet[i].ObjectSet = t.found
	}
	return c.PropertyCollector.RetrievePropertiesEx(ctx, &plain)
}

type visit struct {
	ref  moref
	spec *types.TraversalSpec
}

type traversal struct {
	ctx   *simulator.Context
	named map[string]*types.TraversalSpec
	seen  map[visit]bool
	found []types.ObjectSpec
}

// name registers traversals: others refer to them, and to themselves, by name.
func (t *traversal) name(selects []types.BaseSelectionSpec) {
	for _, selected := range selects {
		if spec, ok := selected.(*types.TraversalSpec); ok {
			t.named[spec.Name] = spec
			t.name(spec.SelectSet)
		}
	}
}

// follow adds the objects that selections lead to, and says whether every name is known.
func (t *traversal) follow(from moref, selects []types.BaseSelectionSpec) bool {
	for _, selected := range selects {
		spec, ok := selected.(*types.TraversalSpec)
		if !ok {
			if spec = t.named[selected.GetSelectionSpec().Name]; spec == nil {
				return false
			}
		}
		if at := (visit{from, spec}); t.seen[at] {
			continue
		} else {
			t.seen[at] = true
		}
		for _, ref := range t.refs(from, spec) {
			if spec.Skip == nil || !*spec.Skip {
				t.found = append(t.found, types.ObjectSpec{Obj: ref})
			}
			if !t.follow(ref, spec.SelectSet) {
				return false
			}
		}
	}
	return true
}

// refs are the existing objects in the property, none when the object is not of the traversal's type.
func (t *traversal) refs(from moref, spec *types.TraversalSpec) []moref {
	object := t.ctx.Map.Get(from)
	if object == nil {
		return nil
	}
	var refs []moref
	t.ctx.WithLock(from, func() {
		value := managed(object)
		if base, ok := value.Type().FieldByName(spec.Type); value.Type().Name() != spec.Type && !(ok && base.Anonymous) {
			return
		}
		switch value := propertyOf(value, spec.Path).(type) {
		case moref:
			refs = []moref{value}
		case *moref:
			if value != nil {
				refs = []moref{*value}
			}
		case []moref:
			refs = append(refs, value...)
		}
	})
	existing := refs[:0]
	for _, ref := range refs {
		if t.ctx.Map.Get(ref) != nil {
			existing = append(existing, ref)
		}
	}
	return existing
}

// managed is the object as the API describes it, inside the simulator's own types.
func managed(object mo.Reference) reflect.Value {
	value := reflect.Indirect(reflect.ValueOf(object))
	for value.Type().PkgPath() != "github.com/vmware/govmomi/vim25/mo" {
		value = reflect.Indirect(value.Field(0))
	}
	return value
}

// propertyOf is an object's own or one that it inherits: a vApp inherits `resourcePool` from a type of that name.
func propertyOf(object reflect.Value, path string) any {
	for i := range object.NumField() {
		field := object.Type().Field(i)
		if !field.Anonymous && strings.EqualFold(field.Name, path) {
			return object.Field(i).Interface()
		}
	}
	for i := range object.NumField() {
		if object.Type().Field(i).Anonymous {
			if found := propertyOf(object.Field(i), path); found != nil {
				return found
			}
		}
	}
	return nil
}
