import type { OperationContext } from "../../core/operation";
import type { Driver, TargetState } from "../../platforms/contract";
import { describeTarget } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { findTarget, type KnownTarget } from "../shared/find-target";
import type { Context } from "../shared/lifecycle";
import { type Finding, preflight, refusal } from "../shared/preflight";
import { announceDeletion, guardDeletion, toDelete } from "./delete-snapshots";
import type { ConsolidationInputs } from "./run";

/** Whether the VM has redundant disks, as the platform reports or as its files show. */
export function isNeeded({ consolidationNeeded = false, unexplainedDisks = [] }: TargetState): boolean {
  return consolidationNeeded || unexplainedDisks.length > 0;
}

/** Findings about deleting snapshots of this target and merging its disks, before anything is changed. */
export async function guardConsolidation(
  inputs: ConsolidationInputs,
  state: TargetState,
  driver: Driver,
  call: OperationContext,
): Promise<Finding[]> {
  const findings = guardDeletion(inputs, state);
  if (driver.consolidation === undefined || (inputs.when === "needed" && !isNeeded(state))) return findings;
  const deleted = toDelete(inputs, state);
  const left = state.snapshots.filter((snapshot) => !deleted.includes(snapshot));
  if (inputs.refuseWithSnapshots && left.length > 0) {
    const list = left.map((snapshot) => `${JSON.stringify(snapshot.name)} (${snapshot.id})`).join(", ");
    const remedy = "Remove them first, or set refuseWithSnapshots to false";
    findings.push(refusal(`the VM still has snapshots: ${list}. ${remedy}`, "refuseWithSnapshots"));
  }
  const space = inputs.checkSpace ? await driver.consolidation?.space(state.target.id, call) : undefined;
  if (space !== undefined && space.neededBytes > space.freeBytes) {
    const lack = `it needs ${gib(space.neededBytes)} of temporary space and the datastore has ${gib(space.freeBytes)}`;
    findings.push(refusal(`${lack}. Free some space, or set checkSpace to false to skip this check`, "checkSpace"));
  }
  return findings;
}

/**
 * Findings for a run, and what it would delete. A missing VM is refused: one that this program creates has no redundant
 * disks.
 */
export async function preflightRun(
  inputs: ConsolidationInputs,
  known: KnownTarget | undefined,
  driver: Driver,
  context: Context,
): Promise<Finding[]> {
  const named = describeTarget(inputs.target);
  const call = beginOperation("read", inputs.timeouts, `check ${named}`, context);
  return preflight({ named, operation: call.operation, mustExist: true }, async () => {
    const { id } = await findTarget(driver, inputs.kind, inputs.target, known, call, { freshness: "recent" });
    const state = await driver.inspect(inputs.kind, id, call, { freshness: "recent" });
    // A removal that is still running changes what needs merging.
    const settled = state.runningTasks.length === 0;
    const refusals = settled ? await guardConsolidation(inputs, state, driver, call) : guardDeletion(inputs, state);
    const findings = refusals.length > 0 ? refusals : announceDeletion(inputs, state);
    return findings.map((finding) => ({ ...finding, message: `${named}: ${finding.message}` }));
  });
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
