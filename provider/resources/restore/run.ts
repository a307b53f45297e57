import { asSnapstateError } from "../../core/errors";
import type { Snapshot } from "../../platforms/contract";
import { describeTarget } from "../../schema/target-input";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { findTarget, knownTarget } from "../shared/find-target";
import { printId } from "../shared/ids";
import { type Context, timeOf, UnfinishedError } from "../shared/lifecycle";
import { throwRefusals } from "../shared/preflight";
import { refuseForeign } from "../snapshot/find";
import { announce, guardNewestOnly, guardRevert, requireSource } from "./guards";
import { emptyRecord, markOf, type RestoreInputs, type RestoreState } from "./inputs";
import { type Job, type Observation, observe } from "./observe";
import { mayHaveStarted, noRoom, noteBegin, noteEnd, outcomeUnknownError, revertOnce } from "./revert";
import { canKeep, dropStale, takeSafety } from "./safety";

/** Last part of the id: a revert is an action on a VM, not an object on it. */
const ID_PART = "restore";

/** The target of a revert. */
export interface RevertPlace {
  platform: string;
  installation: string;
  targetId: string;
  targetName: string;
}

/** The result of a revert, or of an interrupted run. */
export interface RevertRecord {
  restored: boolean;
  /** ISO 8601; empty before the first revert, as are the texts below. */
  restoredAt: string;
  restoredFrom: string;
  restoredName: string;
  restoredCreatedAt: string;
  safetySnapshotId: string;
  consumed: string[];
  powerBefore: string;
  powerAfter: string;
}

export interface Reverted {
  /** The id that a resource gets. */
  id: string;
  place: RevertPlace;
  record: RevertRecord & { runs: number };
}

/** Records the target and reverts nothing: there is no trigger yet. */
export async function createWithoutRevert(inputs: RestoreInputs, context: Context): Promise<Reverted> {
  const job = await begin(inputs, {}, "create", context);
  return { id: idOf(job), place: placeOf(job), record: emptyRecord };
}

/**
 * Reverts the VM once, or finds that an interrupted run has done so already.
 *
 * @param before the state's record of earlier reverts of the resource
 * @throws UnfinishedError when the platform may have started it
 */
export async function revertTarget(
  inputs: RestoreInputs,
  before: RestoreState,
  operation: "create" | "update",
  context: Context,
): Promise<Reverted> {
  const job = await begin(inputs, before, operation, context);
  const [id, place] = [idOf(job), placeOf(job)];
  try {
    const record = await ensureReverted(job, context);
    return { id, place, record: { ...record, runs: (before.runs ?? 0) + 1 } };
  } catch (error) {
    // Only what the platform may still be doing, or may have done, needs a state; any other failure left nothing
    // behind.
    const open = mayHaveStarted(error) || error instanceof UnfinishedError || error instanceof AfterRevert;
    if (!open) throw error;
    const cause = error instanceof AfterRevert ? error.cause : error;
    const known = { ...place, ...recordOf(before), unfinished: job.mark };
    throw new UnfinishedError(id, known, [asSnapstateError(cause, job.call.operation).message], cause);
  }
}

/** The revert has ended but could not be recorded: the next run records it. */
class AfterRevert extends Error {}

async function ensureReverted(job: Job, context: Context): Promise<RevertRecord> {
  const first = await observe(job, { readiness: true });
  if (first.evidence === "done") return found(job, first, context);
  const source = requireSource(job, first);
  throwRefusals([...guardRevert(job, first), ...guardNewestOnly(job, first)], job.call.operation);
  for (const message of announce(job, source, first)) {
    if (context.memory.once(message)) job.call.report({ message, severity: "warning" });
  }

  const doubtful = first.evidence === "unknown";
  const room = canKeep(job, first);
  if (doubtful && !room) throw outcomeUnknownError(job, "there is no room to keep the current state");
  if (job.inputs.safetySnapshot && !room) throw noRoom(job);
  // Even if an earlier run took one: the VM has run since.
  const keep = doubtful || job.inputs.safetySnapshot;
  if (keep) await takeSafety(job, first, source, context);

  return context.memory.withLock(`${job.installation}/${job.target.id}`, async () => {
    if (keep && first.evidence === "not-done") await dropStale(job, first.safeties);
    const view = keep ? await observe(job) : first;
    if (view.evidence === "done") return found(job, view, context);
    return revert(job, view, requireSource(job, view), context);
  });
}

async function revert(job: Job, before: Observation, source: Snapshot, context: Context): Promise<RevertRecord> {
  const noted = before.safeties.length === 0 && !before.forecast.consumesSnapshot;
  if (noted) await noteBegin(job, before, source);
  try {
    await revertOnce(job, source);
  } catch (error) {
    if (noted && !mayHaveStarted(error)) await noteEnd(job, source, "nothing").catch(() => {});
    throw error;
  }
  try {
    if (noted) await noteEnd(job, source, "ended");
    const after = await job.driver.inspect(job.inputs.kind, job.target.id, job.call);
    const there = new Set(after.snapshots.map(({ id }) => id));
    return {
      ...restoredFrom(source, context),
      safetySnapshotId: before.safeties.at(-1)?.id ?? "",
      consumed: before.state.snapshots.map(({ id }) => id).filter((id) => !there.has(id)),
      powerBefore: before.state.powerState,
      powerAfter: after.powerState,
    };
  } catch (cause) {
    throw new AfterRevert("the revert has ended", { cause });
  }
}

/** Record of a revert made by an interrupted run: its exact time and the earlier power state are unknown. */
function found(job: Job, view: Observation, context: Context): RevertRecord {
  const { source, safeties, state } = view;
  job.call.report({ message: "an interrupted run has already done this revert; recording it", severity: "warning" });
  const { usedAt } = view;
  return {
    ...restoredFrom(source ?? { id: job.inputs.snapshot, name: "", createdAt: "" }, context),
    ...(usedAt === undefined ? {} : { restoredAt: usedAt }),
    safetySnapshotId: safeties.at(-1)?.id ?? "",
    consumed: source === undefined ? [job.inputs.snapshot] : [],
    powerBefore: "unknown",
    powerAfter: state.powerState,
  };
}

function restoredFrom(source: Pick<Snapshot, "id" | "name" | "createdAt">, context: Context) {
  return {
    restored: true,
    restoredAt: new Date(timeOf(context)).toISOString(),
    restoredFrom: source.id,
    restoredName: source.name,
    restoredCreatedAt: source.createdAt,
  };
}

async function begin(
  inputs: RestoreInputs,
  state: RestoreState,
  operation: "create" | "update",
  context: Context,
): Promise<Job> {
  const { runs = 0, unfinished, installation: known, consumed: usedUp = [] } = state;
  const driver = context.driver(inputs.connection);
  const text = `revert ${describeTarget(inputs.target)} to snapshot ${JSON.stringify(inputs.snapshot)}`;
  const call = beginOperation(operation, inputs.timeouts, text, context);
  const moved = state.connection !== undefined && state.connection !== inputs.connection;
  const installation = await sameInstallation(driver, moved ? undefined : known, call);
  const target = await findTarget(driver, inputs.kind, inputs.target, knownTarget(state, inputs), call);
  await refuseForeign(inputs.snapshot, { connection: inputs.connection, installation }, context, call);
  const mark = markOf(inputs, runs);
  return { inputs, driver, installation, target, mark, started: unfinished === mark, usedUp, call };
}

function idOf({ inputs, target }: Job): string {
  return printId({ connection: inputs.connection, target: target.id, snapshot: ID_PART });
}

function placeOf({ driver, installation, target }: Job): RevertPlace {
  return { platform: driver.platform, installation, targetId: target.id, targetName: target.name };
}

/** The state's record of the previous revert. */
export function recordOf(state: RestoreState): RevertRecord & { runs: number } {
  const stated = Object.keys(emptyRecord).flatMap((key) => {
    const value = state[key as keyof typeof emptyRecord];
    return value === undefined ? [] : [[key, value]];
  });
  return { ...emptyRecord, ...Object.fromEntries(stated) };
}
