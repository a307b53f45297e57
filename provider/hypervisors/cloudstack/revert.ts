import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { PointKind } from "../contract";
import type { Entity } from "./client/replies";
import { WORDS } from "./kinds";

/** CloudStack refuses a revert only inside its job, and hides some reasons; what can be known is said before the call. */
export function checkRevert(kind: PointKind, target: Entity | undefined, point: Entity, call: Call): void {
  const refuse = (answered: string, hint: string): never => {
    throw new SnapstateError({ kind: "conflict", doing: call.doing, answered, hint });
  };
  const { targets, points, usable } = WORDS[kind];
  if (target === undefined) {
    refuse(`the ${targets.word} was removed`, "Make a volume or a template from the snapshot instead");
    return;
  }
  if (!usable.includes(String(point.state))) {
    refuse(`the ${points.word} is ${point.state}`, "Only one that is complete can be reverted to");
  }
  if (kind === "snapshot") {
    if (point.revertable === false) {
      refuse(
        "CloudStack says that this snapshot is not revertable: only volumes on KVM, and on storage with snapshots of its own, are",
        "Make a volume from the snapshot and attach it, or a template and a new VM",
      );
    }
    const state = target.vmstate;
    if (state !== undefined && state !== "Stopped") {
      refuse(`the VM ${target.vmname} is ${state}`, "A volume is reverted while its VM is stopped. Stop it first");
    }
    return;
  }
  const memory = point.type === "DiskAndMemory";
  const needed = memory ? "Running" : "Stopped";
  if (target.state === needed) return;
  refuse(
    `the VM is ${target.state}, and a VM snapshot ${memory ? "with memory" : "of disks only"} is reverted on one that is ${needed}`,
    memory ? "Start the VM first; the memory of the snapshot then takes the place of its own" : "Stop the VM first",
  );
}
