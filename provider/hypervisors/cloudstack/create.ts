import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { CreatedPoint, CreateSpec } from "../contract";
import type { PointKind } from "../contract-types";
import type { Actions } from "./actions";
import { WORDS } from "./kinds";
import { tagParameters, vmSnapshotTexts, volumeSnapshotTexts } from "./texts";

/** Takes a volume snapshot or a VM snapshot and waits for the end of it. */
export async function created(
  actions: Actions,
  kind: PointKind,
  targetId: string,
  spec: CreateSpec,
  call: Call,
): Promise<CreatedPoint> {
  const quiesced = spec.quiesce !== undefined;
  const { name: given, description: words, ownership } = spec;
  const texts = { name: given, description: words, ownership, quiesced };
  const { create, points } = WORDS[kind];
  if (kind === "snapshot") {
    const { name, tags } = volumeSnapshotTexts(texts, call.doing);
    const parameters = { volumeid: targetId, name, ...quiesce(quiesced), ...tagParameters(tags) };
    return pointOf(await actions.run(create, parameters, call), call);
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
  const point = pointOf(done, call);
  if (Object.keys(tags).length > 0) {
    const whose = { resourceids: point.pointId, resourcetype: points.resourceType };
    await actions.run("createTags", { ...whose, ...tagParameters(tags) }, call);
  }
  return point;
}

function quiesce(wanted: boolean): Record<string, string> {
  return wanted ? { quiescevm: "true" } : {};
}

function pointOf({ id, jobId }: { id: string | undefined; jobId: string }, call: Call): CreatedPoint {
  if (id !== undefined) return { pointId: id };
  throw new SnapstateError({
    kind: "lost-reply",
    doing: call.doing,
    answered: "the job ended well and names no snapshot",
    taskId: jobId,
  });
}
