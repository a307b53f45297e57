import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Blocker, PowerState } from "../contract-types";
import { diskSnapshots } from "./disk-snapshots";
import { diskBlockers, memoryBlockers, ownLayers } from "./disks";
import type { Machine, MachineRead } from "./machine";
import { type TaggedSnapshot, tree } from "./mapping";
import { Sidecar, type SidecarContent } from "./sidecar";
import type { Vm } from "./vms";

/** One observation of a VM. */
export interface VmObservation {
  vm: Vm;
  machine: Machine;
  read: MachineRead;
  sidecar: Sidecar | undefined;
  notes: SidecarContent;
  snapshots: TaggedSnapshot[];
}

export async function observeMachine(vm: Vm, machine: Machine, call: OperationContext): Promise<VmObservation> {
  const read = await machine.read(call);
  const former = new Set(vm.images);
  const [first] = read.disks;
  const files = first && (ownLayers(first, former).map(({ file }) => file) as [string, ...string[]]);
  const sidecar = files && (await Sidecar.beside(files, former));
  const notes = (await sidecar?.read(call)) ?? { version: 1 as const, current: null, snapshots: {} };
  const snapshots = tree(diskSnapshots(read.disks, former), notes, read.disks);
  return { vm, machine, read, sidecar, notes, snapshots };
}

export function blockersOf({ disks, unsaveable }: MachineRead): Blocker[] {
  return [...diskBlockers(disks), ...memoryBlockers(unsaveable)];
}

/** A VM that has shut down while its process remains is reported as off. */
export function powerOf(status: string): PowerState {
  if (status === "off" || status === "shutdown") return "off";
  if (status === "running" || status === "paused") return "on";
  return status === "suspended" ? "suspended" : "unknown";
}

export function impossible(detail: string, call: OperationContext): SnapstateError {
  return new SnapstateError({ kind: "guard", operation: call.operation, detail });
}
