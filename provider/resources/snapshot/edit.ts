import { SnapstateError } from "../../core/errors";
import type { Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import { checkFields } from "../../schema/fields";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { unfitTexts, unsupported } from "../shared/check-parts";
import type { Context } from "../shared/lifecycle";
import { type Finding, refusalsOf } from "../shared/preflight";
import { fieldsOf } from "./fields";
import type { SnapshotPlace } from "./remove";
import { type Desired, missingEdit, updateMetadata } from "./update-metadata";

/** A snapshot by its id, and the texts and notes that it should have. */
export interface EditSpec extends Omit<SnapshotPlace, "name" | "marker">, Desired {
  snapshotId: string;
  /** Its name now, for messages. */
  known: string;
}

/** A snapshot after its edit. */
export interface Edited {
  driver: Driver;
  installation: string;
  state: TargetState;
  snapshot: Snapshot;
}

/**
 * Edits name, description and notes in place, in one call, where they differ.
 *
 * @returns undefined for a snapshot that does not exist
 * @throws SnapstateError `protocol` when the platform accepted the edit but did not carry it out
 */
export async function editSnapshot(kind: SnapshotKind, spec: EditSpec, context: Context): Promise<Edited | undefined> {
  const { connection, targetId, targetName = targetId, snapshotId, known, timeouts } = spec;
  const driver = context.driver(connection);
  const call = beginOperation("update", timeouts, `update ${known} of VM ${targetName}`, context);
  const installation = await sameInstallation(driver, spec.installation, call);
  return context.memory.withLock(`${installation}/${targetId}`, async () => {
    const find = ({ snapshots }: TargetState) => snapshots.find(({ id }) => id === snapshotId);
    const before = await driver.inspect(kind, targetId, call, { freshness: "recent" });
    const snapshot = find(before);
    if (snapshot === undefined) return undefined;
    const changed = await updateMetadata(driver, kind, targetId, snapshot, spec, call);
    const state = changed ? await driver.inspect(kind, targetId, call) : before;
    const now = find(state);
    if (now === undefined) throw removedByHand(snapshotId, call.operation);
    // Otherwise the state would claim an edit that the platform did not make, and no later run would make it.
    if (changed && missingEdit(driver, kind, now, spec)) throw notEdited(snapshotId, call.operation);
    return { driver, installation, state, snapshot: now };
  });
}

/** Inputs of an edit by a user. */
export interface EditInputs {
  name?: string;
  description?: string;
  ttl?: string;
  hold?: boolean;
}

/** Findings about an edit, before anything is changed. */
export function preflightEdit(
  kind: SnapshotKind,
  { name, description, ttl, hold }: EditInputs,
  before: Pick<Snapshot, "name" | "description">,
  driver: Driver,
): Finding[] {
  const inputs = { name, description, ttl, hold };
  const table = Object.entries(fieldsOf(kind)).filter(([key]) => Object.hasOwn(inputs, key));
  const { failures } = checkFields(Object.fromEntries(table), inputs);
  if (failures.length > 0) return refusalsOf(failures);
  return refusalsOf([
    ...unsupported(driver, kind, [
      ["rename", "name", name !== undefined && name !== before.name],
      ["describe", "description", description !== undefined && description !== before.description],
    ]),
    ...unfitTexts(driver.platform, driver.textLimits?.(kind), { name, description }, { ...before }),
  ]);
}

function notEdited(platformId: string, operation: string): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    operation,
    detail: `the platform accepted the change of ${platformId}, but still shows the old values`,
    hint: "Run again. The state is unchanged",
  });
}

/** For a snapshot that a state knows and the platform does not have. */
export function removedByHand(platformId: string, operation: string): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    operation,
    detail: `${platformId} is no longer on the platform: it was removed outside this program`,
    remedy: { action: "refresh-and-apply" },
  });
}
