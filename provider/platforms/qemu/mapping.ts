import type { Snapshot } from "../contract-types";
import { decodeMarkedName, decodeText } from "../ownership";
import { consistencyOf, type DiskSnapshot, isActive, type SnapshotCopy } from "./disk-snapshots";
import type { Disk } from "./disks";
import type { SidecarContent, SidecarEntry } from "./sidecar";

/** A snapshot with its name in QEMU's commands and its location. */
export interface TaggedSnapshot extends Snapshot {
  tag: string;
  copies: [SnapshotCopy, ...SnapshotCopy[]];
  /** Images that it covers and that no disk uses now. */
  detached: string[];
}

/**
 * The tree: the disks' snapshots with the sidecar's data. Without a sidecar entry (the file was lost, or QEMU was used
 * directly) a snapshot is a root without a description, and none is "current".
 */
export function tree(snapshots: DiskSnapshot[], sidecar: SidecarContent, disks: Disk[]): TaggedSnapshot[] {
  const places = placesOf(snapshots, sidecar);
  const current = currentTag(snapshots, sidecar);
  const idOf = ({ tag, copies }: DiskSnapshot) => identity(copies, sidecar.snapshots[tag]);
  const tagged = snapshots.map((snapshot): TaggedSnapshot => {
    const { tag, createdAt, memory, stateBytes, copies } = snapshot;
    const entry = sidecar.snapshots[tag];
    // The marker is in the tag, so it is found even if the sidecar is lost.
    const tagged = decodeMarkedName(tag);
    const { parent, depth = 1 } = places.get(tag) ?? {};
    return {
      tag,
      copies,
      id: idOf(snapshot),
      ...(entry === undefined ? tagged : { name: entry.name, ...decodeText(entry.description) }),
      createdAt,
      ...(parent === undefined ? {} : { parentId: idOf(parent) }),
      isCurrent: current === tag,
      depth,
      consistency: consistencyOf(snapshot, entry?.quiesced ?? false),
      powerState: memory ? "on" : (entry?.power ?? "unknown"),
      ...(memory ? { sizeBytes: stateBytes } : {}),
      ...coverage(copies, entry, disks),
    };
  });
  return tagged.sort((a, b) => a.depth - b.depth || a.createdAt.localeCompare(b.createdAt));
}

/**
 * The identity is that of the first covered disk, noted when the snapshot was taken, so that it remains valid if that
 * disk is detached. If it was not noted, or other snapshots have the name now, it is that of the first copy.
 */
function identity(copies: [SnapshotCopy, ...SnapshotCopy[]], entry: SidecarEntry | undefined): string {
  const noted = Object.entries(entry?.images ?? {});
  const [first] = noted.filter(([, id]) => id !== "");
  const known = copies.some(({ layer, id }) => noted.some(([file, other]) => file === layer.file && other === id));
  return first !== undefined && known ? first[1] : copies[0].id;
}

/** Whether it is complete, compared with the disks that it was taken of, and what prevents a revert. */
function coverage(copies: SnapshotCopy[], entry: SidecarEntry | undefined, disks: Disk[]) {
  const noted = entry?.images === undefined ? undefined : new Set(Object.keys(entry.images));
  const uncovered = disks.filter((disk) => !copies.some((copy) => copy.disk === disk));
  const isNoted = ({ layers }: Disk) => layers.some(({ file }) => noted?.has(file));
  const missing = uncovered.filter(isNoted).map(({ device }) => device);
  const later = uncovered.filter((disk) => !isNoted(disk)).map(({ device }) => device);
  const attached = new Set(disks.flatMap(({ layers }) => layers.map(({ file }) => file)));
  const detached = [...(noted ?? [])].filter((file) => !attached.has(file));
  const below = copies.filter((copy) => !isActive(copy));
  const caveats = [
    ...later.map((device) => `it is not on disk ${device}, attached later${noted ? "" : " or never covered"}`),
    ...detached.map((file) => `it is also on ${file}, which is detached now`),
    ...below.map(({ disk, layer }) => `it is in ${layer.file}, below the image that disk ${disk.device} writes to`),
  ];
  return {
    detached,
    ...(missing.length > 0 ? { failed: `incomplete: it is missing on disk ${missing.join(", ")}` } : {}),
    ...(missing.length + later.length + below.length > 0 ? { revertable: false } : {}),
    ...(caveats.length > 0 ? { caveats } : {}),
  };
}

interface Place {
  parent?: DiskSnapshot;
  depth: number;
}

/** Parent and depth of each snapshot. An edited file may contain a cycle: its members have no known parent. */
function placesOf(snapshots: DiskSnapshot[], sidecar: SidecarContent): ReadonlyMap<string, Place> {
  const byTag = new Map(snapshots.map((snapshot) => [snapshot.tag, snapshot]));
  const parentOf = (tag: string): DiskSnapshot | undefined => {
    // Children of a removed parent move to its own parent.
    const seen = new Set<string>();
    let parent = sidecar.snapshots[tag]?.parent ?? null;
    while (parent !== null && !byTag.has(parent) && !seen.has(parent)) {
      seen.add(parent);
      parent = sidecar.snapshots[parent]?.parent ?? null;
    }
    return parent === null ? undefined : byTag.get(parent);
  };
  const places = new Map<string, Place>();
  for (const { tag } of snapshots) {
    const way = new Set<string>();
    let above: DiskSnapshot | undefined = byTag.get(tag);
    while (above !== undefined && !places.has(above.tag) && !way.has(above.tag)) {
      way.add(above.tag);
      above = parentOf(above.tag);
    }
    const met = [...way];
    if (above !== undefined && way.has(above.tag)) {
      for (const circular of met.splice(met.indexOf(above.tag))) places.set(circular, { depth: 1 });
    }
    for (const child of met.reverse()) {
      const parent = parentOf(child);
      places.set(child, { parent, depth: 1 + ((parent && places.get(parent.tag)?.depth) ?? 0) });
    }
  }
  return places;
}

/**
 * The snapshot that the running state descends from. A create notes its tag before it takes the snapshot: if that
 * snapshot does not exist (failed, killed or removed later), its parent is current.
 */
export function currentTag(snapshots: readonly { tag: string }[], sidecar: SidecarContent): string | undefined {
  const there = new Set(snapshots.map(({ tag }) => tag));
  let tag = sidecar.current;
  const seen = new Set<string>();
  while (tag !== null && !there.has(tag) && !seen.has(tag)) {
    seen.add(tag);
    tag = sidecar.snapshots[tag]?.parent ?? null;
  }
  return tag === null || !there.has(tag) ? undefined : tag;
}
