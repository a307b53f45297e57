import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CreateSpec } from "../contract";
import { encodeText } from "../ownership";
import type { QemuImg } from "./client/qemu-img";
import { afterwards } from "./machine";
import { currentTag } from "./mapping";
import { blockersOf, impossible, powerOf, type VmObservation } from "./observe";
import { frozen } from "./quiesce";
import { dropSnapshot } from "./remove";
import type { SidecarContent } from "./sidecar";
import { tagOf } from "./support";

/**
 * Takes a snapshot of all disks together. The sidecar is written first, so that a kill leaves either no snapshot or one
 * with all its data.
 *
 * @param observeAgain reads the VM again
 * @param longestFreeze milliseconds for which a guest may be frozen
 * @returns the snapshot's id
 */
export async function takeSnapshot(
  observeAgain: () => Promise<VmObservation>,
  qemuImg: QemuImg,
  longestFreeze: number,
  spec: CreateSpec,
  call: OperationContext,
): Promise<string> {
  const observation = await observeAgain();
  const { vm, machine, read, sidecar, notes, snapshots } = observation;
  const blocker = blockersOf(read).find(({ blocks }) => spec.memory || blocks === "all");
  if (blocker || sidecar === undefined) throw impossible(blocker?.message ?? "the VM has no writable disk", call);
  const { name, memory } = spec;
  const description = encodeText(spec);
  const tag = tagOf(spec, call);
  const same = snapshots.find((other) => other.tag === tag);
  if (same !== undefined && same.failed === undefined) throw exists(tag, call);
  // Left by our own create that was killed between two disks.
  if (same !== undefined) await dropSnapshot(observation, same, qemuImg, call);

  const before = currentTag(snapshots, notes);
  const images = Object.fromEntries(read.disks.map(({ file }) => [file, ""]));
  const power = powerOf(read.status);
  const plan = { name, description, parent: before ?? null, quiesced: false, power, images };
  const present = new Set(snapshots.map((snapshot) => snapshot.tag));
  await sidecar.change(
    present,
    (content) => {
      content.snapshots[tag] = { ...plan, planned: new Date().toISOString() };
      content.current = tag;
    },
    call,
  );
  const take = () => machine.take(read.disks, tag, memory, call);
  if (spec.quiesce !== undefined && !memory && machine.running) {
    const limit = Math.min(spec.quiesce.timeoutMinutes * 60_000, longestFreeze);
    const quiesced = await frozen(vm, limit, call, take);
    const note = (content: SidecarContent) => {
      const entry = content.snapshots[tag];
      if (entry) entry.quiesced = quiesced;
    };
    // It is taken: a cancel must not lose the result.
    if (quiesced) await sidecar.change(present.add(tag), note, afterwards(call));
  } else await take();
  const made = (await observeAgain()).snapshots.find((snapshot) => snapshot.tag === tag);
  if (made) {
    // These identify its copies as one snapshot, even if the first disk is detached later.
    const noteIdentity = (content: SidecarContent) => {
      const entry = content.snapshots[tag];
      for (const { layer, id } of made.copies) if (entry?.images) entry.images[layer.file] = id;
    };
    await sidecar.change(present.add(tag), noteIdentity, afterwards(call));
    return made.id;
  }
  const detail = "QEMU reported that the snapshot was taken, but the disks do not have it";
  throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail });
}

function exists(tag: string, call: OperationContext): SnapstateError {
  const detail = `the VM's disks have a snapshot ${JSON.stringify(tag)} already`;
  return new SnapstateError({ kind: "conflict", operation: call.operation, detail, hint: "Use another name" });
}
