import { SnapstateError } from "../../core/errors";
import type { Snapshot } from "../../platforms/contract";
import { hasUnknown } from "../../schema/unknown";
import { type Finding, refusal as refused } from "../shared/preflight";
import { otherTargetOf } from "../snapshot/find";
import { guardCreate } from "../snapshot/guards";
import type { Job, Observation } from "./observe";
import { canKeep, needsMemory } from "./safety";

/** Findings about this revert, before anything is changed. */
export function guardRevert(job: Pick<Job, "inputs" | "driver" | "target">, view: Observation): Finding[] {
  const { driver } = job;
  const findings: Finding[] = [];
  const refuse = (message: string, property?: string) => findings.push(refused(message, property));
  const { refusal } = view.forecast;
  if (refusal) refuse(`${refusal.reason}. ${refusal.remedy}`);
  const { source } = view;
  if (!refusal && source?.failed !== undefined)
    refuse(`snapshot ${source.id} is ${source.failed}, so it cannot be used`, "snapshot");
  if (!refusal && source?.revertable === false)
    refuse(`${driver.platform} cannot revert to snapshot ${source.id}`, "snapshot");
  return [...findings, ...confirmFindings(job)];
}

/** Whether the safety snapshot can be taken. */
export function guardSafety(job: Pick<Job, "inputs" | "driver" | "mark">, view: Observation): Finding[] {
  const { inputs } = job;
  if (!inputs.safetySnapshot) return [];
  const newestOnly = guardNewestOnly(job, view);
  if (newestOnly.length > 0) return newestOnly;
  if (!canKeep(job, view)) return [refused("there is no room for a safety snapshot", "safetySnapshot")];
  const memory = needsMemory(inputs, view.state);
  return guardCreate({ memory, quiesce: "off" }, view.state)
    .filter(({ severity }) => severity === "refusal")
    .map(({ message }) => refused(`the safety snapshot cannot be taken: ${message}`, "safetySnapshot"));
}

/**
 * A safety snapshot would be newer than the source, so the platform would refuse the revert and the safety snapshot
 * would remain.
 */
export function guardNewestOnly({ inputs }: Pick<Job, "inputs">, { state }: Observation): Finding[] {
  if (!inputs.safetySnapshot || !state.newestOnly) return [];
  const reason =
    "the VM's storage can only revert to the newest snapshot, and a safety snapshot would be the newest. Set safetySnapshot to false and confirm to the VM's name, or clone the VM first to keep its current state";
  return [refused(reason, "safetySnapshot")];
}

/** Without a safety snapshot the current state is lost, so the program must confirm with the VM's name. */
export function confirmFindings({ inputs, target }: Pick<Job, "inputs" | "target">): Finding[] {
  const { safetySnapshot, confirm = "" } = inputs;
  if (safetySnapshot || confirm === target.name || hasUnknown(confirm)) return [];
  const names = `confirm is ${JSON.stringify(confirm)} and the VM's name is ${JSON.stringify(target.name)}`;
  return [refused(`${names}: without a safety snapshot the two must be equal`, "confirm")];
}

/** Describes what the revert will do, for a preview and the log. */
export function announce(job: Pick<Job, "inputs" | "target">, source: Snapshot, view: Observation): string[] {
  const { inputs, target } = job;
  const of = `snapshot ${JSON.stringify(source.name)} (${source.id}), taken at ${source.createdAt}`;
  const kept = inputs.safetySnapshot
    ? "A safety snapshot of it is taken first and kept until it is removed manually"
    : "No safety snapshot is taken";
  const withMemory = inputs.safetySnapshot && !inputs.safetyMemory && needsMemory(inputs, view.state);
  const lines = [
    `VM ${JSON.stringify(target.name)} is about to be reverted to ${of}. Its current state will be lost: everything written to its disks since then, and the content of its memory. ${kept}.`,
  ];
  if (withMemory)
    lines.push("The safety snapshot includes the memory: the platform cannot take one without memory now.");
  if (view.forecast.consumesSnapshot) lines.push(`The platform deletes ${source.id} after the revert.`);
  lines.push(...(view.forecast.effects ?? []));
  if (view.forecast.powerAfter !== view.state.powerState && view.forecast.powerAfter !== "unknown") {
    lines.push(`The VM is ${view.state.powerState} now and will be ${view.forecast.powerAfter} afterwards.`);
  }
  return lines;
}

/** @throws SnapstateError `not-found` with a list of existing snapshots */
export function requireSource(
  job: Pick<Job, "inputs" | "call">,
  view: Pick<Observation, "source" | "state" | "forecast">,
): Snapshot {
  if (view.source !== undefined) return view.source;
  const there = view.state.snapshots.map((snapshot) => `${JSON.stringify(snapshot.name)} (${snapshot.id})`).join(", ");
  const other = otherTargetOf(job.inputs.snapshot, view.state);
  const foreign = other === undefined ? "" : `, which is one of ${other}`;
  throw new SnapstateError({
    kind: "not-found",
    operation: job.call.operation,
    detail: `the VM has no snapshot ${JSON.stringify(job.inputs.snapshot)}${foreign}; it has ${there || "none"}`,
    hint: view.forecast.consumesSnapshot
      ? "If a killed run reverted to it, the platform has consumed it: set triggers to [] to continue without another revert"
      : "Set `snapshot` to one of them. Nothing was changed",
  });
}
