import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { QemuImg } from "./client/qemu-img";
import { isActive } from "./disk-snapshots";
import { mayExist } from "./files";
import { afterwards } from "./machine";
import type { TaggedSnapshot } from "./mapping";
import type { VmObservation } from "./observe";

/** Checked before anything is changed: QEMU acts on the active image only. */
export async function refuseUnreachable(
  { name, copies, detached }: TaggedSnapshot,
  qemuImg: QemuImg,
  call: OperationContext,
): Promise<void> {
  const below = copies.find((copy) => !isActive(copy));
  if (below !== undefined) {
    throw new SnapstateError({
      kind: "conflict",
      operation: call.operation,
      detail: `${JSON.stringify(name)} is in ${below.layer.file}, below ${below.disk.file}, which disk ${below.disk.device} writes to. Nothing was removed`,
      hint: "Merge the overlays by a ConsolidationTask while the VM runs, or start the VM from that image; then delete it",
    });
  }
  for (const file of detached) if (await mayExist(file)) await qemuImg.probe(file, call);
}

export async function dropSnapshot(
  { machine, sidecar, snapshots }: VmObservation,
  { tag, copies, detached }: TaggedSnapshot,
  qemuImg: QemuImg,
  call: OperationContext,
): Promise<void> {
  await machine.remove(
    copies.map(({ disk }) => disk),
    tag,
    call,
  );
  for (const file of detached) {
    // It may have been removed with its disk.
    if (await mayExist(file)) await qemuImg.removeIfThere(tag, file, call);
  }
  const left = new Set(snapshots.map((snapshot) => snapshot.tag).filter((other) => other !== tag));
  // Its entry is kept while children name it as their parent: it leads to their new parent.
  await sidecar?.change(left, () => {}, afterwards(call));
}
