import { milliseconds } from "../../core/durations";
import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CreatedSnapshot, Driver, Snapshot, SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { describeTarget } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE } from "../shared/change";
import { findTarget, type KnownTarget } from "../shared/find-target";
import { printId, printPendingId } from "../shared/ids";
import { type Context, UnfinishedError } from "../shared/lifecycle";
import { throwRefusals } from "../shared/preflight";
import { adoptable } from "./adopt";
import { claimSnapshot } from "./claim";
import { findMarked, inspectSettled } from "./find";
import { guardCreate } from "./guards";
import type { SnapshotInputs } from "./inputs";
import { stampedName } from "./names";
import { notesOf } from "./notes";
import { deleteOrphans, orphansOf } from "./orphans";
import { satisfies, unmetRequests } from "./outputs";
import { removeOnce } from "./remove";
import { updateMetadata } from "./update-metadata";

type Required = Pick<SnapshotInputs, "connection" | "target" | "marker">;

/** A snapshot to take, for a resource, a series, a guard, a revert or a command. */
export interface TakeSpec
  extends Required,
    Partial<Omit<SnapshotInputs, keyof Required | "removeChildren" | "consolidate" | "onDestroy">> {
  /** Count it on the platform if the snapshot is found by its marker: see `claim.ts`. @default false */
  claims?: boolean;
}

/** A snapshot that was taken, found or adopted. */
export interface Taken {
  driver: Driver;
  installation: string;
  /** The target with the snapshot. */
  state: TargetState;
  snapshot: Snapshot;
  name: string;
  /** An earlier run had taken it. */
  reused: boolean;
}

/** The record of a snapshot whose create was interrupted. */
export interface TakeRecord {
  platform: string;
  installation: string;
  targetId: string;
  targetName: string;
  /** Absent while only the marker identifies it. */
  platformId?: string;
}

const label = { snapshot: "snapshot", "recovery-point": "recovery point" } as const;

const NOT_A_BACKUP =
  "A snapshot is not a backup: most platforms keep it on the storage of the VM it belongs to, and it is lost with that. Keep backups as well.";

/**
 * Takes the snapshot, or finds that of an interrupted run: afterwards there is exactly one.
 *
 * @param known the state's target, in case it was renamed manually
 * @throws UnfinishedError with a {@link TakeRecord} when the platform may still be working, or the new snapshot could
 * not be read
 */
export async function takeSnapshot(
  kind: SnapshotKind,
  spec: TakeSpec,
  context: Context,
  known?: KnownTarget,
): Promise<Taken> {
  const { memory = false, quiesce = "off", quiesceTimeout = "15m", adoptExisting = false } = spec;
  const inputs = { ...spec, memory, quiesce, quiesceTimeout, adoptExisting };
  const driver = context.driver(inputs.connection);
  const named = inputs.name === undefined ? "" : ` ${JSON.stringify(inputs.name)}`;
  const operation = `create ${label[kind]}${named} of ${describeTarget(inputs.target)}`;
  const call = beginOperation("create", inputs.timeouts, operation, context);
  const installation = await driver.installation(call);
  const common = { kind, inputs, driver, installation, call, context };
  const ensure = (target: Target, verified: boolean) =>
    context.memory.withLock(`${installation}/${target.id}`, () => ensureTaken({ ...common, target, verified }));
  // The check has just looked it up, and the read before the create verifies it: another lookup would be a call more.
  const recent = await findTarget(driver, kind, inputs.target, known, call, { freshness: "recent" });
  const taken = await ensure(recent, false);
  if (taken !== undefined) return taken;
  return (await ensure(await findTarget(driver, kind, inputs.target, known, call), true)) as Taken;
}

interface Creation {
  kind: SnapshotKind;
  inputs: TakeSpec & Pick<SnapshotInputs, "memory" | "quiesce" | "quiesceTimeout" | "adoptExisting" | "adoptId">;
  driver: Driver;
  installation: string;
  target: Target;
  /** The target was looked up just now. */
  verified: boolean;
  call: OperationContext;
  context: Context;
}

/** @returns undefined when an unverified target is another one by now, or gone */
async function ensureTaken(creation: Creation): Promise<Taken | undefined> {
  const { kind, inputs, driver, installation, target, call, context } = creation;
  const before = await inspectVerified(creation);
  if (before === undefined) return undefined;
  const found = usable(findMarked(before, inputs.marker, call.operation));
  if (found) {
    const message = `reused snapshot ${JSON.stringify(found.name)} (${found.id}) of ${found.createdAt || "an unknown time"}, which has this resource's marker: an earlier run took it, or the state was lost`;
    call.report({ message, severity: "warning" });
  }
  const adopted = found ?? adoptable(inputs, before, call.operation);
  if (adopted && !found) call.report({ message: `adopting the existing ${adopted.id}` });

  const name =
    inputs.name ?? adopted?.name ?? stampedName(driver, kind, target.name.slice(0, 60), inputs.marker, context);
  if (adopted === undefined) refuseBeforehand(creation, before);
  const { snapshotId, state: seen } = adopted ? { snapshotId: adopted.id } : await take(creation, name);

  try {
    const { description, marker } = inputs;
    const notes = notesOf(kind, inputs, driver);
    if (adopted) {
      const update = found && inputs.claims ? claimSnapshot : updateMetadata;
      await update(driver, kind, target.id, adopted, { name, description, marker, notes }, call);
    }
    const state = seen ?? (await driver.inspect(kind, target.id, call));
    const snapshot = state.snapshots.find((candidate) => candidate.id === snapshotId);
    if (snapshot === undefined) throw vanished(snapshotId, call);
    if (!satisfies(inputs, snapshot.consistency)) await refuse(creation, snapshot);
    // All other warnings were reported before it was taken.
    for (const message of unmetRequests(inputs, snapshot)) call.report({ message, severity: "warning" });
    return { driver, installation, state, snapshot, name, reused: found !== undefined };
  } catch (error) {
    // The snapshot exists: without a partial state, the next run could find it only by its marker, and a destroy not at
    // all.
    if (isSnapstateError(error, "consistency", "not-found")) throw error;
    throw unfinished(creation, error, snapshotId);
  }
}

/** @throws SnapstateError for what blocks it; warnings are reported once. */
function refuseBeforehand({ kind, inputs, driver, call, context }: Creation, before: TargetState): void {
  const findings = guardCreate(inputs, before, driver.maxSnapshots?.(kind));
  throwRefusals(findings, call.operation);
  for (const { message } of findings) {
    if (context.memory.once(`${inputs.marker} ${message}`)) call.report({ message, severity: "warning" });
  }
  if (context.memory.once(NOT_A_BACKUP)) call.report({ message: NOT_A_BACKUP, severity: "warning" });
}

/** Reads the target, and compares it with the lookup; undefined when that was out of date. */
async function inspectVerified(creation: Creation): Promise<TargetState | undefined> {
  const { target, verified } = creation;
  try {
    const state = await inspectCleared(creation, true);
    return verified || (state.target.name === target.name && state.target.path === target.path) ? state : undefined;
  } catch (error) {
    if (verified || !isSnapstateError(error, "not-found")) throw error;
    return undefined;
  }
}

/** Reads the target once no task runs on it and orphans of failed creates have been removed. */
async function inspectCleared({ kind, inputs, driver, target, call }: Creation, readiness = false) {
  const state = await inspectSettled(driver, kind, target.id, call, { readiness });
  const orphans = orphansOf(state, inputs.marker);
  const removed = await deleteOrphans(driver, kind, target.id, orphans, call);
  return removed ? inspectSettled(driver, kind, target.id, call, { readiness }) : state;
}

/** A failed snapshot never counts as the snapshot, even if it could not be removed. */
function usable(snapshot: Snapshot | undefined): Snapshot | undefined {
  return snapshot?.failed === undefined ? snapshot : undefined;
}

/** Sends the create; if its outcome is unknown, observes until it is known. */
async function take(creation: Creation, name: string): Promise<CreatedSnapshot> {
  const { kind, inputs, driver, target, call } = creation;
  const quiesced = inputs.quiesce !== "off" && !inputs.memory;
  const spec = {
    name,
    description: inputs.description ?? "",
    ownership: { marker: inputs.marker, ...notesOf(kind, inputs, driver) },
    memory: inputs.memory,
    ...(quiesced ? { quiesce: { timeoutMinutes: Math.round(milliseconds(inputs.quiesceTimeout) / 60_000) } } : {}),
  };
  const change: Change<CreatedSnapshot> = {
    send: () => driver.createSnapshot(kind, target.id, spec, call),
    observe: async () => {
      const snapshot = usable(findMarked(await inspectCleared(creation), inputs.marker, call.operation));
      return snapshot ? done({ snapshotId: snapshot.id }) : NOT_DONE;
    },
    subject: "the snapshot",
    unobserved: (failure, lost) => unfinished(creation, failure, undefined, lost),
  };
  try {
    return await changeOnce(change, call);
  } catch (error) {
    if (mayStillBeRunning(error)) throw unfinished(creation, error);
    throw await withoutOrphans(creation, error);
  }
}

/** Kinds of failures after which nothing was started, nothing can be read, or absence was proven. */
const NOTHING_BEGUN = [
  "busy",
  "throttled",
  "auth",
  "permission",
  "unreachable",
  "bad-input",
  "not-found",
  "cancelled",
  "lost-reply",
] as const;

/** What a failed create left could block the next one, and no state would record it: it is removed immediately. */
async function withoutOrphans(creation: Creation, failure: unknown): Promise<unknown> {
  if (!isSnapstateError(failure) || NOTHING_BEGUN.some((kind) => kind === failure.kind)) return failure;
  const { kind, inputs, driver, target, call } = creation;
  try {
    const left = orphansOf(await driver.inspect(kind, target.id, call), inputs.marker);
    if (left.length === 0) return failure;
    await deleteOrphans(driver, kind, target.id, left, call);
    const stays = orphansOf(await driver.inspect(kind, target.id, call), inputs.marker);
    return stays.length === 0 ? failure : unfinished(creation, failure);
  } catch (error) {
    return unfinished(creation, error, undefined, failure);
  }
}

/** The consistency is less than required: removes the snapshot again and fails the create. */
async function refuse({ kind, inputs, driver, target, call }: Creation, snapshot: Snapshot): Promise<never> {
  const requested = inputs.memory ? "memory" : "filesystem";
  await removeOnce(driver, kind, { targetId: target.id, snapshotId: snapshot.id }, call);
  throw new SnapstateError({
    kind: "consistency",
    operation: call.operation,
    detail: `requested ${requested} consistency but obtained ${snapshot.consistency}; ${snapshot.id} was removed`,
    hint: inputs.memory
      ? "A powered-off VM has no memory to save"
      : "Check that the guest's tools are running and can quiesce it, or use quiesce: prefer",
  });
}

function unfinished(
  { inputs, driver, installation, target }: Creation,
  cause: unknown,
  platformId?: string,
  before?: SnapstateError,
): UnfinishedError<TakeRecord> {
  const { connection, marker } = inputs;
  const id =
    platformId === undefined
      ? printPendingId(connection, target.id, marker)
      : printId({ connection, target: target.id, snapshot: platformId });
  const place = { platform: driver.platform, installation, targetId: target.id, targetName: target.name };
  const reasons = [asSnapstateError(cause, "create").message, ...(before ? [before.message] : [])];
  return new UnfinishedError(id, { ...place, ...(platformId === undefined ? {} : { platformId }) }, reasons, cause);
}

function vanished(snapshotId: string, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    operation: call.operation,
    detail: `${snapshotId} was created, but no longer exists: it was removed immediately`,
    hint: "Run again to take a new one",
  });
}
