import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import type { Ownership } from "../../platforms/ownership";
import { checkFields } from "../../schema/fields";
import { describeTarget, selectorOf } from "../../schema/target-input";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { parseId, pendingMarker, printId, type ResourceId } from "../shared/ids";
import { type Context, type ReadResult, timeOf, type Values } from "../shared/lifecycle";
import { isSuperseded, supersededMessage } from "./claim";
import { fieldsOf } from "./fields";
import { findMarked, findNamed } from "./find";
import { parseSnapshotInputs, parseSnapshotState, type SnapshotState } from "./inputs";
import { deleteOrphans } from "./orphans";
import { commonSnapshotOutputs, desiredOf } from "./outputs";

/**
 * Reads the snapshot from the platform. Undefined only when the platform proves that the VM, or the snapshot among the
 * VM's snapshots, does not exist; anything less is an error and leaves the state as it is.
 */
export async function readSnapshot(
  kind: SnapshotKind,
  id: string,
  state: Values,
  context: Context,
): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const known = parseSnapshotState(state);
  const connection = typeof state.connection === "string" ? state.connection : parsed.connection;
  const driver = context.driver(connection);
  const call = beginOperation(
    "read",
    parseSnapshotInputs(kind, state).timeouts,
    `read ${describe(id, known, state)}`,
    context,
  );
  const installation = await sameInstallation(driver, known.installation, call);
  const found = await locate(kind, parsed, known, driver, call);
  if (found === undefined) {
    const outputs = await consumed(kind, known, state, driver, call);
    return outputs && { id, outputs, inputs: inputsOf(kind, state) };
  }
  if (found === "pending") return { id, outputs: state, inputs: inputsOf(kind, state) };

  const { snapshot, target } = found;
  const marker = pendingMarker(parsed) ?? state.marker;
  if (known.targetId !== undefined && isSuperseded(snapshot, marker, known.claim)) {
    call.report({ message: supersededMessage(snapshot), severity: "warning" });
    return undefined;
  }
  if (await clearAbandoned(kind, found, { state, parsed, known }, driver, call)) return undefined;
  const values = known.platformId === undefined ? imported(kind, parsed, state, found) : inputsOf(kind, state);
  const desired = known.desired ?? desiredOf(values, snapshot.name);
  const sources = {
    kind,
    driver,
    installation,
    state: target,
    snapshot,
    claim: known.targetId === undefined ? snapshot.ownership?.claim : known.claim,
    now: timeOf(context),
  };
  const outputs = commonSnapshotOutputs(values, sources, desired);
  return {
    id: printId({ connection, target: target.target.id, snapshot: snapshot.id }),
    outputs,
    inputs: asWritten(values, outputs),
  };
}

/**
 * Removes a failed snapshot of this resource, for example after a failed removal: it is unusable, and on some platforms
 * it blocks all others.
 *
 * @returns whether it was removed
 */
async function clearAbandoned(
  kind: SnapshotKind,
  { snapshot, target }: Found,
  { state, parsed, known }: { state: Values; parsed: ResourceId; known: SnapshotState },
  driver: Driver,
  call: OperationContext,
): Promise<boolean> {
  const marker = pendingMarker(parsed) ?? state.marker;
  if (!snapshot.abandoned || known.targetId === undefined || state.hold === true) return false;
  if (marker === undefined || snapshot.ownership?.marker !== marker) return false;
  return deleteOrphans(driver, kind, target.target.id, [snapshot], call);
}

/** The state of a snapshot that a revert consumed. Undefined if it is missing for another reason. */
async function consumed(
  kind: SnapshotKind,
  { targetId, platformId, consumedAt }: SnapshotState,
  state: Values,
  driver: Driver,
  call: OperationContext,
): Promise<Values | undefined> {
  if (consumedAt !== undefined) return state;
  if (targetId === undefined || platformId === undefined) return undefined;
  try {
    const at = await driver.consumedAt?.(kind, { targetId, snapshotId: platformId }, call);
    return at === undefined ? undefined : { ...state, isCurrent: false, consumedAt: at };
  } catch (error) {
    // The target itself does not exist.
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

type Found = { snapshot: Snapshot; target: TargetState };

async function locate(
  kind: SnapshotKind,
  id: ResourceId,
  known: SnapshotState,
  driver: Driver,
  call: OperationContext,
): Promise<Found | "pending" | undefined> {
  const byHand = known.targetId === undefined;
  try {
    const targetId = known.targetId ?? (await driver.findTarget(kind, selectorOf(id.target), call)).id;
    const marker = known.platformId === undefined ? pendingMarker(id) : undefined;
    if (marker !== undefined) {
      const target = await driver.inspect(kind, targetId, call);
      const snapshot = findMarked(target, marker, call.operation);
      // A running task may be the create, so the snapshot cannot be declared missing yet.
      if (snapshot === undefined && target.runningTasks.length > 0) return "pending";
      // What cannot be removed now is left to the next run.
      if (snapshot?.failed !== undefined && !snapshot.abandoned) return "pending";
      return snapshot && { snapshot, target };
    }
    const target = await driver.inspect(kind, targetId, call, { freshness: "recent" });
    const wanted = known.platformId ?? id.snapshot;
    const snapshot =
      target.snapshots.find((candidate) => candidate.id === wanted) ??
      (byHand ? findNamed(target, wanted, call.operation) : undefined);
    return snapshot && { snapshot, target };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

/** The inputs of an import by id alone: the platform's values, and defaults for the rest. */
function imported(kind: SnapshotKind, id: ResourceId, state: Values, { snapshot, target }: Found): Values {
  const given = inputsOf(kind, state);
  const { description, ownership } = snapshot;
  const consistency =
    kind === "recovery-point"
      ? { consistency: snapshot.consistency === "unknown" ? "crash" : snapshot.consistency }
      : {
          memory: snapshot.consistency === "memory",
          quiesce: snapshot.consistency === "filesystem" ? "require" : "off",
        };
  const facts = {
    connection: id.connection,
    target: target.target.path ?? target.target.id,
    name: snapshot.name,
    ...(description === "" ? {} : { description }),
    ...(ownership === undefined ? {} : ownedInputs(ownership)),
    ...consistency,
  };
  return checkFields(fieldsOf(kind), { ...facts, ...given }).inputs;
}

function ownedInputs({ marker, expiresAt: expires, ttlSeconds, hold }: Ownership): Values {
  const expiry =
    expires !== undefined ? { expiresAt: expires } : ttlSeconds !== undefined ? { ttl: `${ttlSeconds}s` } : {};
  return { marker, ...expiry, ...(hold ? { hold } : {}) };
}

/** The inputs, updated to the platform's values where the program states something, so that a refresh shows drift. */
function asWritten(values: Values, outputs: Values): Values {
  const inputs = { ...values };
  if (inputs.name !== undefined) inputs.name = outputs.name;
  if (inputs.description !== undefined) inputs.description = outputs.description;
  return inputs;
}

/**
 * The inputs among a state's values. The state always has a name and a description, which the program may not have
 * stated.
 */
function inputsOf(kind: SnapshotKind, state: Values): Values {
  const { desired } = parseSnapshotState(state);
  const inputs: Values = {};
  for (const key of Object.keys(fieldsOf(kind))) {
    if (state[key] !== undefined) inputs[key] = state[key];
  }
  // Both in a state means that the time was computed.
  if (inputs.ttl !== undefined) delete inputs.expiresAt;
  if (desired && !desired.named) delete inputs.name;
  if (desired && desired.description === undefined) delete inputs.description;
  return inputs;
}

function describe(id: string, known: SnapshotState, state: Values): string {
  if (known.targetName === undefined) return `snapshot ${id}`;
  return `${JSON.stringify(state.name ?? known.platformId ?? id)} of ${describeTarget(known.targetPath || known.targetName)}`;
}
