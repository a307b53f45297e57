import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import { backoff, type OperationContext, pause as pauseFor, throwIfAborted } from "../../core/operation";
import type { CreatedSnapshot, Driver, Snapshot, SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { fitName } from "../../platforms/text-limits";
import { milliseconds } from "../../schema/durations";
import { describeTarget } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { mayStillBeRunning } from "../shared/change";
import { findTarget } from "../shared/find-target";
import { printId, printPendingId } from "../shared/ids";
import { type Context, type Created, PartialStateError, type Values } from "../shared/lifecycle";
import { throwRefusals } from "../shared/preflight";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { adoptable } from "./adopt";
import { findMarked, inspectSettled, snapshotKey } from "./find";
import { guardCreate } from "./guards";
import { parseSnapshotInputs, type SnapshotInputs } from "./inputs";
import { notesOf } from "./notes";
import { deleteOrphans, orphansOf } from "./orphans";
import { commonSnapshotOutputs, desiredOf, satisfies, unmetRequests } from "./outputs";
import { updateMetadata } from "./update-metadata";

const label = { snapshot: "snapshot", "recovery-point": "recovery point" } as const;

const NOT_A_BACKUP =
  "A snapshot is not a backup: most platforms keep it on the storage of the VM it belongs to, and it is lost with that. Keep backups as well.";

/** Takes the snapshot, or finds the one that an interrupted run took: afterwards there is exactly one. */
export async function createSnapshot(kind: SnapshotKind, values: Values, context: Context): Promise<Created> {
  const inputs = parseSnapshotInputs(kind, values);
  const driver = context.driver(inputs.connection);
  const named = inputs.name === undefined ? "" : ` ${JSON.stringify(inputs.name)}`;
  const operation = `create ${label[kind]}${named} of ${describeTarget(inputs.target)}`;
  const call = beginOperation("create", inputs.timeouts, operation, context);
  const installation = await driver.installation(call);
  const known = context.memory.knownTarget(context.owner ?? inputs.owner, [values.connection, values.target]);
  const target = await findTarget(driver, kind, inputs.target, known, call);
  return context.memory.withLock(`${installation}/${target.id}`, () =>
    ensureCreated({ kind, values, inputs, driver, installation, target, call, context }),
  );
}

interface Creation {
  kind: SnapshotKind;
  values: Values;
  inputs: SnapshotInputs;
  driver: Driver;
  installation: string;
  target: Target;
  call: OperationContext;
  context: Context;
}

async function ensureCreated(creation: Creation): Promise<Created> {
  const { kind, values, inputs, driver, installation, target, call, context } = creation;
  const before = await inspectCleared(creation, true);
  const found = usable(findMarked(before, inputs.marker, call.operation));
  if (found) {
    const message = `reused snapshot ${JSON.stringify(found.name)} (${found.id}) of ${found.createdAt || "an unknown time"}, which carries this resource's marker: an earlier run took it, or the state was lost`;
    call.report({ message, severity: "warning" });
    const owner = context.owner ?? inputs.owner;
    if (owner !== undefined) context.memory.noteTakenOver(owner, snapshotKey(installation, target.id, found.id));
  }
  const adopted = found ?? adoptable(inputs, before, call.operation);
  if (adopted && !found) call.report({ message: `adopting the existing ${adopted.id}` });

  let snapshotId = adopted?.id;
  let seen: TargetState | undefined;
  const name = inputs.name ?? adopted?.name ?? generatedName(creation);
  if (snapshotId === undefined) {
    const findings = guardCreate(inputs, before, driver.maxSnapshots(kind));
    throwRefusals(findings, call.operation);
    for (const { message } of findings) {
      if (context.memory.once(`${inputs.marker} ${message}`)) call.report({ message, severity: "warning" });
    }
    if (context.memory.once(NOT_A_BACKUP)) call.report({ message: NOT_A_BACKUP, severity: "warning" });
    ({ snapshotId, state: seen } = await take(creation, name));
  }

  try {
    const desired = desiredOf(values, name);
    const notes = notesOf(kind, inputs, driver);
    if (adopted)
      await updateMetadata(driver, kind, target.id, adopted, { ...desired, marker: inputs.marker, notes }, call);
    const state = seen ?? (await driver.inspect(kind, target.id, call));
    const snapshot = state.snapshots.find((candidate) => candidate.id === snapshotId);
    if (snapshot === undefined) throw vanished(snapshotId, call);
    if (!satisfies(inputs, snapshot.consistency)) await refuse(creation, snapshot);
    const outputs = commonSnapshotOutputs(
      values,
      { kind, driver: driver, installation, state, snapshot, now: now(context) },
      desired,
    );
    // All other warnings were reported before it was taken.
    for (const message of unmetRequests(inputs, snapshot)) call.report({ message, severity: "warning" });
    return { id: printId({ connection: inputs.connection, target: target.id, snapshot: snapshotId }), outputs };
  } catch (error) {
    // The snapshot exists: without a partial state, the next run could find it only by its marker, and a destroy not at
    // all.
    if (isSnapstateError(error, "consistency", "not-found")) throw error;
    throw partial(creation, error, snapshotId);
  }
}

/** Reads the target once no task runs on it and orphans of failed creates have been removed. */
async function inspectCleared({ kind, inputs, driver, target, call }: Creation, readiness = false) {
  const state = await inspectSettled(driver, kind, target.id, call, { readiness });
  const orphans = orphansOf(state, inputs.marker);
  const removed = await deleteOrphans(driver, kind, target.id, orphans, call);
  return removed ? inspectSettled(driver, kind, target.id, call, { readiness }) : state;
}

/** The orphan of a failed create never counts as the snapshot, even where it could not be removed. */
function usable(snapshot: Snapshot | undefined | ""): Snapshot | undefined {
  return snapshot && snapshot.failed === undefined ? snapshot : undefined;
}

/** Sends the create once; when the outcome is unknown, observes until it is known. */
async function take(creation: Creation, name: string): Promise<CreatedSnapshot> {
  const { kind, inputs, driver, target, call } = creation;
  const spec = {
    name,
    description: inputs.description ?? "",
    ownership: { marker: inputs.marker, ...notesOf(kind, inputs, driver) },
    memory: inputs.memory,
    ...(inputs.quiesce !== "off" && !inputs.memory
      ? { quiesce: { timeoutMinutes: Math.round(milliseconds(inputs.quiesceTimeout) / 60_000) } }
      : {}),
  };
  for (let sent = 1; ; sent++) {
    try {
      const create = () => driver.createSnapshot(kind, target.id, spec, call);
      return await retryWhileBusy(call, create);
    } catch (error) {
      if (mayStillBeRunning(error)) throw partial(creation, error);
      if (!isSnapstateError(error, "lost-reply")) throw await withoutOrphans(creation, error);
      call.report({ message: `the reply was lost (${error.detail ?? "no answer"}); checking for the snapshot` });
      const snapshot = await observeAfterLostReply(creation, error);
      if (snapshot) return { snapshotId: snapshot.id };
      // Proven absent twice: the request was never carried out. Only then is it sent again, and only once.
      if (sent === 2) throw error;
    }
  }
}

/** Kinds of errors after which nothing was begun, or nothing can be read. */
const NOTHING_BEGUN = [
  "busy",
  "throttled",
  "auth",
  "permission",
  "unreachable",
  "bad-input",
  "not-found",
  "cancelled",
] as const;

/** The orphan of a failed create could block the next one, and no state would record it: it is removed at once. */
async function withoutOrphans(creation: Creation, failure: unknown): Promise<unknown> {
  if (!isSnapstateError(failure) || NOTHING_BEGUN.some((kind) => kind === failure.kind)) return failure;
  const { kind, inputs, driver, target, call } = creation;
  try {
    const left = orphansOf(await driver.inspect(kind, target.id, call), inputs.marker);
    if (left.length === 0) return failure;
    await deleteOrphans(driver, kind, target.id, left, call);
    const stays = orphansOf(await driver.inspect(kind, target.id, call), inputs.marker);
    return stays.length === 0 ? failure : partial(creation, failure);
  } catch (error) {
    return partial(creation, error, undefined, failure);
  }
}

/** Observes twice, with a pause: a server may still be reading a request whose connection broke. */
async function observeAfterLostReply(creation: Creation, lost: SnapstateError): Promise<Snapshot | undefined> {
  const { inputs, call } = creation;
  for (let observation = 1; observation <= 2; observation++) {
    await pauseFor(backoff(observation, { first: 1000 }), call);
    try {
      throwIfAborted(call);
      const snapshot = usable(findMarked(await inspectCleared(creation), inputs.marker, call.operation));
      if (snapshot) return snapshot;
    } catch (error) {
      throw partial(creation, error, undefined, lost);
    }
  }
  return undefined;
}

/** The consistency is less than required: removes the snapshot again and fails the create. */
async function refuse(creation: Creation, snapshot: Snapshot): Promise<never> {
  const { kind, inputs, driver, target, call } = creation;
  const asked = inputs.memory ? "memory" : "filesystem";
  const failure = new SnapstateError({
    kind: "consistency",
    operation: call.operation,
    detail: `asked for ${asked} consistency and obtained ${snapshot.consistency}; ${snapshot.id} was removed again`,
    hint: inputs.memory
      ? "A VM that is powered off has no memory to keep"
      : "Check that the guest's tools are running and can quiesce it, or use quiesce: prefer",
  });
  const options = { removeChildren: false, consolidate: true };
  const ref = { targetId: target.id, snapshotId: snapshot.id };
  await retryWhileBusy(call, () => driver.removeSnapshot(kind, ref, options, call));
  throw failure;
}

function partial(
  { values, inputs, driver, installation, target }: Creation,
  cause: unknown,
  snapshotId?: string,
  before?: SnapstateError,
) {
  const { connection, marker } = inputs;
  const id = snapshotId
    ? printId({ connection, target: target.id, snapshot: snapshotId })
    : printPendingId(connection, target.id, marker);
  const known = { platform: driver.platform, installation, targetId: target.id, targetName: target.name };
  const outputs = { ...values, ...known, ...(snapshotId ? { platformId: snapshotId } : {}) };
  const reasons = [asSnapstateError(cause, "create").message, ...(before ? [before.message] : [])];
  return new PartialStateError(id, outputs, reasons as [string, ...string[]], { cause });
}

function vanished(snapshotId: string, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    operation: call.operation,
    detail: `${snapshotId} was created, but no longer exists: it was removed immediately`,
    hint: "Run again to take a new one",
  });
}

function generatedName({ kind, driver, target, context, inputs: { marker } }: Creation): string {
  const time = new Date(now(context)).toISOString().replace(/[-:]|\.\d+/g, "");
  return fitName(driver.textLimits?.(kind).name, target.name.slice(0, 60), `-${time}`, marker);
}

function now(context: Context): number {
  return context.now?.() ?? Date.now();
}
