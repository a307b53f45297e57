package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

type (
	moref = types.ManagedObjectReference
	node  = types.VirtualMachineSnapshotTree
)

func cloneTree(list []node) []node {
	if list == nil {
		return nil
	}
	own := make([]node, len(list))
	for i, n := range list {
		n.ChildSnapshotList = cloneTree(n.ChildSnapshotList)
		own[i] = n
	}
	return own
}

// pathTo answers the nodes from a root to the given snapshot, or nil.
func pathTo(list []node, ref moref) []*node {
	for i := range list {
		n := &list[i]
		if n.Snapshot == ref {
			return []*node{n}
		}
		if below := pathTo(n.ChildSnapshotList, ref); below != nil {
			return append([]*node{n}, below...)
		}
	}
	return nil
}

// refs answers all snapshots of a tree, children before their parents.
func refs(list []node) []moref {
	all := []moref{}
	for _, n := range list {
		all = append(all, refs(n.ChildSnapshotList)...)
		all = append(all, n.Snapshot)
	}
	return all
}

func pathInVM(vm *simulator.VirtualMachine, ref moref) []*node {
	if vm.Snapshot == nil {
		return nil
	}
	return pathTo(vm.Snapshot.RootSnapshotList, ref)
}

// currentDepth is the number of snapshots in the chain the VM runs on.
func currentDepth(vm *simulator.VirtualMachine) int {
	if vm.Snapshot == nil || vm.Snapshot.CurrentSnapshot == nil {
		return 0
	}
	return len(pathInVM(vm, *vm.Snapshot.CurrentSnapshot))
}
