import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import type { Target } from "../../platforms/contract";
import { type Context, UnfinishedError } from "../shared/lifecycle";
import { findMarked, inspectSettled } from "../snapshot/find";
import { guardCreate } from "../snapshot/guards";
import { demandOf, describable, stampedName } from "../snapshot/names";
import { type Taken, takeSnapshot } from "../snapshot/take";
import { seriesOf } from "./inputs";
import { pruneToMakeRoom, removeOne } from "./prune";
import type { Job } from "./series";

/**
 * Takes one snapshot of each target, or none: when one fails, the others are removed again. Each carries the group's
 * marker, so that an interrupted group is completed and nothing is taken twice.
 *
 * @throws UnfinishedError when a platform may still be working, so that nothing can be undone yet
 */
export async function takeGroup(job: Job, marker: string, context: Context): Promise<void> {
  await refuseBeforehand(job, marker);
  await pruneToMakeRoom(job, marker, context);
  const results = await Promise.allSettled(job.targets.map((target) => takeOne(job, target, marker, context)));
  const failures = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ target: job.targets[index] as Target, reason: result.reason as unknown }] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  const open = failures.find(({ reason }) => reason instanceof UnfinishedError);
  if (open) throw open.reason;
  const taken = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const left = await undo(job, taken, context);
  throw groupFailure(job, failures, taken.length - left.length, left);
}

/** Checks every target first, so that a foreseeable refusal changes none of them. */
async function refuseBeforehand(job: Job, marker: string): Promise<void> {
  const { inputs, driver, targets, call } = job;
  const refusals = await Promise.all(
    targets.map(async ({ id, name }) => {
      const state = await inspectSettled(driver, inputs.kind, id, call, { readiness: true });
      if (findMarked(state, marker, call.operation)) return [];
      const room = inputs.pruneFirst ? undefined : driver.maxSnapshots?.(inputs.kind);
      return guardCreate(demandOf(inputs.consistency), state, room)
        .filter(({ severity }) => severity === "refusal")
        .map(({ message }) => `VM ${JSON.stringify(name)}: ${message}`);
    }),
  );
  const all = refusals.flat();
  if (all.length === 0) return;
  throw new SnapstateError({
    kind: "guard",
    operation: call.operation,
    detail: `refused before any VM of the group was changed: ${all.join("; ")}`,
  });
}

function takeOne({ inputs, driver }: Job, target: Target, marker: string, context: Context): Promise<Taken> {
  const { kind, connection, label, description, consistency, timeouts } = inputs;
  const spec = {
    connection,
    target: { id: target.id },
    name: stampedName(driver, kind, label, marker, context),
    description: describable(driver, kind, description),
    marker,
    series: seriesOf(inputs),
    timeouts,
    ...demandOf(consistency),
  };
  return takeSnapshot(kind, spec, context);
}

/** @returns messages about what could not be removed */
async function undo(job: Job, taken: Taken[], context: Context): Promise<string[]> {
  const results = await Promise.allSettled(
    taken.map(({ state, snapshot }) => removeOne(job, state.target.id, snapshot, context)),
  );
  return results.flatMap((result) =>
    result.status === "rejected" ? [asSnapstateError(result.reason, "remove it again").message] : [],
  );
}

function groupFailure(
  { targets, call }: Job,
  failures: { target: Target; reason: unknown }[],
  removed: number,
  left: string[],
): SnapstateError {
  const [first] = failures.map(({ reason }) => asSnapstateError(reason, call.operation));
  const each = failures.map(
    ({ target, reason }) => `VM ${JSON.stringify(target.name)}: ${asSnapstateError(reason, call.operation).message}`,
  );
  const undone = `The snapshots of the other VMs were removed again (${removed})`;
  const rest = left.length > 0 ? ` and these could not be: ${left.join("; ")}` : "";
  return new SnapstateError({
    kind: isSnapstateError(first) ? first.kind : "task-failed",
    operation: call.operation,
    detail: `${failures.length} of ${targets.length} VMs failed, so none keeps a snapshot of this group. ${undone}${rest}. ${each.join(" ")}`,
    cause: first,
  });
}
