import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { QemuImg } from "./client/qemu-img";
import { isActive } from "./disk-snapshots";
import { mayExist } from "./files";
import type { Look } from "./look";
import { afterwards } from "./machine";
import type { TaggedPoint } from "./points";

/** Before anything is changed: QEMU acts on the image that the guest writes to, and on no other. */
export async function refuseUnreachable(
  { name, copies, detached }: TaggedPoint,
  qemuImg: QemuImg,
  call: Call,
): Promise<void> {
  const below = copies.find((copy) => !isActive(copy));
  if (below !== undefined) {
    throw new SnapstateError({
      kind: "conflict",
      doing: call.doing,
      answered: `${JSON.stringify(name)} is in ${below.layer.file}, below ${below.disk.file}, which disk ${below.disk.device} writes to. Nothing was removed`,
      hint: "Merge the overlays by a ConsolidationTask while the VM runs, or start the VM from that image; then delete it",
    });
  }
  for (const file of detached) if (await mayExist(file)) await qemuImg.probe(file, call);
}

export async function dropSnapshot(
  { machine, sidecar, points }: Look,
  { tag, copies, detached }: TaggedPoint,
  qemuImg: QemuImg,
  call: Call,
): Promise<void> {
  await machine.remove(
    copies.map(({ disk }) => disk),
    tag,
    call,
  );
  for (const file of detached) {
    // It may have gone with its disk.
    if (await mayExist(file)) await qemuImg.removeIfThere(tag, file, call);
  }
  const left = new Set(points.map((point) => point.tag).filter((other) => other !== tag));
  // Its entry stays for as long as children name it as their parent: they are handed on through it.
  await sidecar?.change(left, () => {}, afterwards(call));
}
