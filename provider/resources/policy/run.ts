import { asSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { TargetState } from "../../platforms/contract";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { printId } from "../shared/ids";
import { type Context, type Created, PartialStateError, type Values } from "../shared/lifecycle";
import { takeGroup } from "./group";
import { type Due, dueNow, type Member, type PolicyInputs, type PolicyState, policyInputs, seriesOf } from "./inputs";
import { prune } from "./prune";
import { nextSlot } from "./schedule";
import { findTargets, type Job, knownMarkers, memberOf } from "./series";

/**
 * Takes a group when one is due, prunes after it, and reads the result. When none is due it only reads.
 *
 * @param state absent for a resource to be created
 */
export async function runPolicy(
  values: Values,
  state: Values | undefined,
  operation: "create" | "update",
  context: Context,
): Promise<Created> {
  const inputs = policyInputs(values);
  const before = (state ?? {}) as PolicyState;
  const driver = context.driver(inputs.connection);
  const doing = `take a group of ${inputs.targets.length} for series ${inputs.label}`;
  const call = beginOperation(operation, inputs.timeouts, doing, context);
  const installation = await sameInstallation(driver, before.installation, call);
  const targets = await findTargets(inputs, before, driver, call);
  const known = knownMarkers(before);
  const job: Job = { inputs, driver, installation, targets, known, call };

  if (state === undefined) await noteOlderLife(job, context);
  const begun = context.now?.() ?? Date.now();
  const due = dueNow(state === undefined ? undefined : before, inputs, begun, await behind(job, before));
  const id = printId({ connection: inputs.connection, target: inputs.label, snapshot: "policy" });
  const place = { ...values, platform: driver.platform, installation, series: seriesOf(inputs) };
  if (due === undefined && before.unpruned) {
    return { id, outputs: { ...place, ...recordOf(before, inputs), ...(await pruneNow(job, context)) } };
  }
  if (due === undefined) {
    const members = membersOf(job, await inspectAll(job));
    // A series of an earlier incarnation, whose schedule continues.
    const takenAt = before.takenAt || oldestOf(members);
    return { id, outputs: { ...place, ...recordOf({ ...before, takenAt }, inputs), members } };
  }
  const runJob = { ...job, known: new Set([...known, due.marker]) };
  const taken = { takenAt: new Date(begun).toISOString(), takenBecause: due.reason };
  return takeAndPrune(runJob, due, { id, place, taken }, before, context);
}

async function takeAndPrune(
  job: Job,
  due: Due,
  { id, place, taken }: { id: string; place: Values; taken: { takenAt: string; takenBecause: string } },
  before: PolicyState,
  context: Context,
): Promise<Created> {
  let complete = false;
  try {
    await takeGroup(job, due.marker, context);
    complete = true;
    const series = await pruneNow(job, context);
    const runs = (before.runs ?? 0) + 1;
    const nextDue = nextDueOf(job.inputs, taken.takenAt);
    return { id, outputs: { ...place, ...taken, ...series, nextDue, runs } };
  } catch (error) {
    // A failed group was undone. One that exists, or may still appear, must be in the state.
    if (!complete && !(error instanceof PartialStateError)) throw error;
    const none = job.targets.map(({ id: targetId, name }) => ({ targetId, targetName: name, snapshots: [] }));
    const open = { ...recordOf(before, job.inputs), members: before.members ?? none, unfinished: due.marker };
    const { message } = asSnapstateError((error as Error).cause ?? error, job.call.operation);
    throw new PartialStateError(id, { ...place, ...open }, [message], { cause: error });
  }
}

/** Prunes, and returns what then remains of the series. */
async function pruneNow(job: Job, context: Context): Promise<Values> {
  const states = await inspectAll(job);
  const verdicts = await prune(job, states, context);
  const gone = new Set(verdicts.pruned.map(({ targetId, id }) => `${targetId}/${id}`));
  const members = membersOf(job, states).map((member) => ({
    ...member,
    snapshots: member.snapshots.filter((one) => !gone.has(`${member.targetId}/${one.id}`)),
  }));
  return { members, ...verdicts };
}

/**
 * With `--replace` or a taint, the engine creates the very series that it then deletes: a create that finds its series
 * already there tells the delete that follows in the same run.
 */
async function noteOlderLife(job: Job, context: Context): Promise<void> {
  const owner = context.owner ?? job.inputs.owner;
  const members = membersOf(job, await inspectAll(job));
  const there = members.some(({ snapshots }) => snapshots.length > 0);
  if (there && owner !== undefined) context.memory.noteTakenOver(owner, seriesOf(job.inputs));
}

/** Time of the newest snapshot on the target that is furthest behind; undefined when one has none. */
async function behind(job: Job, before: PolicyState): Promise<number | undefined> {
  // The state knows when the last group was taken; only a new resource must ask, and may find an earlier incarnation's
  // series.
  if (before.takenAt || job.inputs.schedule === undefined) return undefined;
  const oldest = Date.parse(oldestOf(membersOf(job, await inspectAll(job))));
  return Number.isNaN(oldest) ? undefined : oldest;
}

/** Like {@link behind}, as text; empty when a target has none. */
function oldestOf(members: Member[]): string {
  return members.map(({ snapshots }) => snapshots[0]?.createdAt ?? "").sort()[0] ?? "";
}

function inspectAll({ inputs, driver, targets, call }: Job): Promise<TargetState[]> {
  return Promise.all(targets.map(({ id }) => driver.inspect(inputs.kind, id, call)));
}

function membersOf(job: Pick<Job, "inputs" | "known">, states: TargetState[]): Member[] {
  return states.map((state) => memberOf(job, state));
}

/** The state's record of the last group. */
function recordOf(
  before: PolicyState & { [key in "takenBecause" | "kept" | "pruned"]?: unknown },
  inputs: PolicyInputs,
): Values {
  const { takenAt = "", takenBecause = "", kept = [], pruned = [], runs = 0 } = before;
  return { takenAt, takenBecause, kept, pruned, nextDue: nextDueOf(inputs, takenAt), runs };
}

function nextDueOf({ schedule, timeZone }: PolicyInputs, takenAt: string): string {
  if (schedule === undefined || takenAt === "") return "";
  return nextSlot(schedule, timeZone, Date.parse(takenAt))?.toISOString() ?? "";
}

/** The context for reading the series. */
export function readCall(inputs: PolicyInputs, context: Context): OperationContext {
  return beginOperation("read", inputs.timeouts, `read series ${inputs.label}`, context);
}
