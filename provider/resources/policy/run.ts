import { asSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { TargetState } from "../../platforms/contract";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { printId } from "../shared/ids";
import { type Context, timeOf, UnfinishedError } from "../shared/lifecycle";
import { takeGroup } from "./group";
import { type Due, dueNow, type Member, type PolicyInputs, type PolicyState, seriesOf } from "./inputs";
import { prune, type Verdict } from "./prune";
import { nextSlot } from "./schedule";
import { findTargets, type Job, knownMarkers, memberOf } from "./series";

export interface PolicyRun {
  record: PolicyRecord;
  /** The resource is new, and its series has snapshots from before: a forced replacement, or a lost state. */
  takenOver: boolean;
}

/** What a run records of a series, besides the inputs. */
export interface PolicyRecord {
  platform: string;
  installation: string;
  series: string;
  members: Member[];
  /** Empty before the first group. */
  takenAt: string;
  takenBecause: Due["reason"] | "";
  kept: Verdict[];
  pruned: Verdict[];
  /** Empty without a schedule. */
  nextDue: string;
  runs: number;
  /** Marker of a group that was started and is not complete. */
  unfinished?: string;
  /** Not all that the rules no longer keep could be removed. */
  unpruned?: true;
}

/**
 * Takes a group when one is due, prunes after it, and reads the result. When none is due it only reads.
 *
 * @param before the state; absent for a resource to be created
 * @throws UnfinishedError with a {@link PolicyRecord} for a group that exists in part, or may still appear
 */
export async function runPolicy(
  inputs: PolicyInputs,
  before: PolicyState | undefined,
  operation: "create" | "update",
  context: Context,
): Promise<PolicyRun> {
  const state = before ?? {};
  const driver = context.driver(inputs.connection);
  const text = `take a group of ${inputs.targets.length} for series ${inputs.label}`;
  const call = beginOperation(operation, inputs.timeouts, text, context);
  const installation = await sameInstallation(driver, state.installation, call);
  const targets = await findTargets(inputs, state, driver, call);
  const known = knownMarkers(state);
  const job: Job = { inputs, driver, installation, targets, known, call };

  // Only a new resource must ask what is there: it may find an earlier incarnation's series.
  const found = before === undefined ? membersOf(job, await inspectAll(job)) : undefined;
  const takenOver = found?.some(({ snapshots }) => snapshots.length > 0) ?? false;
  return { takenOver, record: await runJob(job, before, found, context) };
}

async function runJob(
  job: Job,
  before: PolicyState | undefined,
  found: Member[] | undefined,
  context: Context,
): Promise<PolicyRecord> {
  const { inputs, driver, installation, known } = job;
  const state = before ?? {};
  const startedAt = timeOf(context);
  const due = dueNow(before, inputs, startedAt, await behind(job, state, found));
  const place = { platform: driver.platform, installation, series: seriesOf(inputs) };
  if (due !== undefined) {
    const dueJob = { ...job, known: new Set([...known, due.marker]) };
    const taken = { takenAt: new Date(startedAt).toISOString(), takenBecause: due.reason };
    return takeAndPrune(dueJob, due, { ...place, ...taken }, state, context);
  }
  if (state.unpruned) return { ...place, ...lastGroup(state, inputs), ...(await pruneNow(job, context)) };
  const members = membersOf(job, await inspectAll(job));
  // A series of an earlier incarnation, whose schedule continues.
  const takenAt = state.takenAt || oldestOf(members);
  return { ...place, ...lastGroup({ ...state, takenAt }, inputs), members };
}

/** The id of a series in a stack's state. */
export function policyId({ connection, label }: PolicyInputs): string {
  return printId({ connection, target: label, snapshot: "policy" });
}

async function takeAndPrune(
  job: Job,
  due: Due,
  place: Pick<PolicyRecord, "platform" | "installation" | "series" | "takenAt" | "takenBecause">,
  before: PolicyState,
  context: Context,
): Promise<PolicyRecord> {
  const { inputs } = job;
  let complete = false;
  try {
    await takeGroup(job, due.marker, context);
    complete = true;
    const series = await pruneNow(job, context);
    return { ...place, ...series, nextDue: nextDueOf(inputs, place.takenAt), runs: (before.runs ?? 0) + 1 };
  } catch (error) {
    // A failed group was undone. One that exists, or may still appear, must be in the state.
    if (!complete && !(error instanceof UnfinishedError)) throw error;
    const none = job.targets.map(({ id: targetId, name }) => ({ targetId, targetName: name, snapshots: [] }));
    const open = { ...lastGroup(before, inputs), members: before.members ?? none, unfinished: due.marker };
    const { message } = asSnapstateError((error as Error).cause ?? error, job.call.operation);
    throw new UnfinishedError<PolicyRecord>(policyId(inputs), { ...place, ...open }, [message], error);
  }
}

/** Prunes, and returns what then remains of the series. */
async function pruneNow(
  job: Job,
  context: Context,
): Promise<Pick<PolicyRecord, "members" | "kept" | "pruned" | "unpruned">> {
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
 * Time of the newest snapshot on the target that is furthest behind; undefined when one has none.
 *
 * @param found the series, if this run has read it already
 */
async function behind(job: Job, before: PolicyState, found: Member[] | undefined): Promise<number | undefined> {
  // The state knows when the last group was taken.
  if (before.takenAt || job.inputs.schedule === undefined) return undefined;
  const oldest = Date.parse(oldestOf(found ?? membersOf(job, await inspectAll(job))));
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
function lastGroup(
  { takenAt = "", takenBecause = "", kept = [], pruned = [], runs = 0 }: PolicyState,
  inputs: PolicyInputs,
): Pick<PolicyRecord, "takenAt" | "takenBecause" | "kept" | "pruned" | "nextDue" | "runs"> {
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
