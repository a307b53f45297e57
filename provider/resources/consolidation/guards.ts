import type { Hypervisor, TargetState } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { findTarget, type KnownTarget } from "../core/find-target";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { type Finding, preflight, refusal } from "../core/preflight";
import { describeTarget } from "../core/target-input";
import type { ConsolidationInputs } from "./run";

/** Whether the VM has redundant disks, by the platform's word or by its files. */
export function isNeeded({ consolidationNeeded = false, unexplainedDisks = [] }: TargetState): boolean {
  return consolidationNeeded || unexplainedDisks.length > 0;
}

/** What is known, before anything is touched, about merging the disks of this target. Empty when there is nothing to merge. */
export async function guardConsolidation(
  inputs: ConsolidationInputs,
  state: TargetState,
  hypervisor: Hypervisor,
  call: Call,
): Promise<Finding[]> {
  if (inputs.when === "needed" && !isNeeded(state)) return [];
  const findings: Finding[] = [];
  if (inputs.refuseWithSnapshots && state.points.length > 0) {
    const list = state.points.map((point) => `${JSON.stringify(point.name)} (${point.id})`).join(", ");
    const remedy = "Remove them first, or set refuseWithSnapshots to false";
    findings.push(refusal(`the VM still has snapshots: ${list}. ${remedy}`, "refuseWithSnapshots"));
  }
  const space = inputs.checkSpace ? await hypervisor.consolidationSpace(state.target.id, call) : undefined;
  if (space !== undefined && space.neededBytes > space.freeBytes) {
    const lack = `it needs ${gib(space.neededBytes)} of temporary space and the datastore has ${gib(space.freeBytes)}`;
    findings.push(refusal(`${lack}. Free some space, or set checkSpace to false if you know better`, "checkSpace"));
  }
  return findings;
}

/** What a run would meet now. A VM that is not there is refused: one that this program creates has no redundant disks. */
export async function preflightRun(
  inputs: ConsolidationInputs,
  known: KnownTarget | undefined,
  hypervisor: Hypervisor,
  context: Context,
): Promise<Finding[]> {
  const named = describeTarget(inputs.target);
  const call = beginCall("read", inputs.timeouts, `check ${named}`, context);
  return preflight({ named, doing: call.doing, mustExist: true }, async () => {
    const { id } = await findTarget(hypervisor, "snapshot", inputs.target, known, call, { freshness: "recent" });
    const state = await hypervisor.inspect("snapshot", id, call, { freshness: "recent" });
    // A removal that is still running changes what there is to refuse.
    if (state.runningTasks.length > 0) return [];
    const findings = await guardConsolidation(inputs, state, hypervisor, call);
    return findings.map((finding) => ({ ...finding, message: `${named}: ${finding.message}` }));
  });
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
