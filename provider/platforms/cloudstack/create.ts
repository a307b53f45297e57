import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CreatedSnapshot, CreateSpec } from "../contract";
import type { SnapshotKind } from "../contract-types";
import type { Actions } from "./actions";
import { WORDS } from "./kinds";
import { targetState } from "./mapping";
import type { TargetReader } from "./reader";
import { tagParameters, vmSnapshotTexts, volumeSnapshotTexts } from "./texts";

/** Takes a volume snapshot or a VM snapshot and waits for completion. */
export async function created(
  actions: Actions,
  kind: SnapshotKind,
  targetId: string,
  spec: CreateSpec,
  call: OperationContext,
): Promise<CreatedSnapshot> {
  const quiesced = spec.quiesce !== undefined;
  const { name: given, description: words, ownership } = spec;
  const texts = { name: given, description: words, ownership, quiesced };
  const { create, snapshots } = WORDS[kind];
  if (kind === "snapshot") {
    const { name, tags } = volumeSnapshotTexts(texts, call.operation);
    const parameters = { volumeid: targetId, name, ...quiesce(quiesced), ...tagParameters(tags) };
    return snapshotOf(await actions.run(create, parameters, call), call);
  }
  const { description, tags } = vmSnapshotTexts(texts);
  const done = await actions.run(
    create,
    {
      virtualmachineid: targetId,
      name: spec.name,
      ...(description === "" ? {} : { description }),
      ...(spec.memory ? { snapshotmemory: "true" } : {}),
      ...quiesce(quiesced),
    },
    call,
  );
  const snapshot = snapshotOf(done, call);
  if (Object.keys(tags).length > 0) {
    const whose = { resourceids: snapshot.snapshotId, resourcetype: snapshots.resourceType };
    await actions.run("createTags", { ...whose, ...tagParameters(tags) }, call);
  }
  return snapshot;
}

/** The target with its new snapshot, if it can be read: a failure of that is not one of the create. */
export async function stateAfter(
  actions: Actions,
  reader: TargetReader,
  targetId: string,
  { snapshotId }: CreatedSnapshot,
  call: OperationContext,
): Promise<Pick<CreatedSnapshot, "state">> {
  const read = await reader.afterCreate(targetId, call).catch(() => undefined);
  if (read === undefined) return {};
  const state = targetState(reader.kind, targetId, read, { jobOf: (id) => actions.jobOf(id), stuck: new Set() });
  return state.snapshots.some(({ id }) => id === snapshotId) ? { state } : {};
}

function quiesce(wanted: boolean): Record<string, string> {
  return wanted ? { quiescevm: "true" } : {};
}

function snapshotOf({ id, jobId }: { id: string | undefined; jobId: string }, call: OperationContext): CreatedSnapshot {
  if (id !== undefined) return { snapshotId: id };
  throw new SnapstateError({
    kind: "lost-reply",
    operation: call.operation,
    detail: "the job succeeded but names no snapshot",
    taskId: jobId,
  });
}
