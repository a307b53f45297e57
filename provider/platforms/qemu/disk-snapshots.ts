import type { Consistency } from "../contract-types";
import type { ImageSnapshot } from "./client/replies";
import { type Disk, isLocal, type Layer } from "./disks";

/** One snapshot inside one image of a disk's chain. */
export interface SnapshotCopy {
  disk: Disk;
  layer: Layer;
  /** Identity inside its image: QEMU's id and the time, since ids are reused. */
  id: string;
}

/** A snapshot inside a VM's disks: the copies of one tag. */
export interface DiskSnapshot {
  /** The name inside the images, used by QEMU's commands. */
  tag: string;
  copies: [SnapshotCopy, ...SnapshotCopy[]];
  createdAt: string;
  memory: boolean;
  /** Bytes of saved RAM. */
  stateBytes: number;
}

/**
 * Every snapshot of the VM's disks, including those below an overlay: they exist although QEMU cannot act on them now.
 * Snapshots of a base image belong to the VM that runs from that image.
 *
 * @param formerImages files that this VM has written to, so their snapshots are its own
 */
export function diskSnapshots(disks: Disk[], formerImages: ReadonlySet<string>): DiskSnapshot[] {
  const byTag = new Map<string, { copies: SnapshotCopy[]; infos: ImageSnapshot[] }>();
  for (const disk of disks) {
    for (const [index, layer] of disk.layers.entries()) {
      if (!isOwn(disk, index, formerImages)) continue;
      for (const info of layer.image.snapshots ?? []) {
        const known = byTag.get(info.name) ?? { copies: [], infos: [] };
        byTag.set(info.name, known);
        // If a name occurs twice in a chain, the upper one is meant.
        if (known.copies.some((copy) => copy.disk === disk)) continue;
        known.copies.push({ disk, layer, id: copyId(info) });
        known.infos.push(info);
      }
    }
  }
  return [...byTag].map(([tag, { copies, infos }]) => {
    const [first] = infos as [ImageSnapshot];
    // QEMU saves the RAM in one disk only.
    const stateBytes = Math.max(...infos.map((info) => info["vm-state-size"]));
    const time = first["date-sec"] * 1000 + Math.floor(first["date-nsec"] / 1e6);
    return {
      tag,
      copies: copies as [SnapshotCopy, ...SnapshotCopy[]],
      createdAt: new Date(time).toISOString(),
      memory: stateBytes > 0,
      stateBytes,
    };
  });
}

function isOwn({ layers, started }: Disk, index: number, formerImages: ReadonlySet<string>): boolean {
  const file = layers[index]?.file ?? "";
  if (index === 0 || (started !== undefined && index <= started) || formerImages.has(file)) return true;
  // The VM's history is unknown, so omitting one would be a guess.
  return formerImages.size === 0 && started === undefined && isLocal(file);
}

export function copyId({ id, "date-sec": seconds, "date-nsec": nanoseconds }: ImageSnapshot): string {
  return `${id}-${seconds}-${nanoseconds}`;
}

/** The copies that QEMU and qemu-img can act on: in the active image. */
export function isActive({ disk, layer }: SnapshotCopy): boolean {
  return disk.layers[0] === layer;
}

export function consistencyOf(snapshot: DiskSnapshot, quiesced: boolean): Consistency {
  if (snapshot.memory) return "memory";
  return quiesced ? "filesystem" : "crash";
}
