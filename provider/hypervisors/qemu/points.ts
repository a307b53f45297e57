import type { Point } from "../contract";
import { splitMarkedName } from "../marked-name";
import { consistencyOf, type DiskSnapshot } from "./disks";
import type { SidecarContent } from "./sidecar";

/** A point together with the name that QEMU's commands know it by. */
export interface TaggedPoint extends Point {
  tag: string;
}

/**
 * The tree: the snapshots that the disks have, with what the sidecar knows of them. What the sidecar lacks, because it was
 * lost or somebody used QEMU by hand, is a gap: a root without a description, and nothing that is "current".
 */
export function tree(snapshots: DiskSnapshot[], sidecar: SidecarContent): TaggedPoint[] {
  const places = placesOf(snapshots, sidecar);
  const current = currentTag(snapshots, sidecar);
  const points = snapshots.map((snapshot): TaggedPoint => {
    const { tag, id, createdAt, memory, stateBytes } = snapshot;
    const entry = sidecar.points[tag];
    const marked = splitMarkedName(tag);
    const { parent, depth = 1 } = places.get(tag) ?? {};
    return {
      tag,
      id,
      name: entry?.name ?? marked.name,
      // The marker is in the tag, so that it is found even when the sidecar is lost.
      description: entry?.description ?? marked.description,
      createdAt,
      ...(parent === undefined ? {} : { parentId: parent.id }),
      isCurrent: current === tag,
      depth,
      consistency: consistencyOf(snapshot, entry?.quiesced ?? false),
      powerState: memory ? "on" : (entry?.power ?? "unknown"),
      ...(memory ? { sizeBytes: stateBytes } : {}),
    };
  });
  return points.sort((a, b) => a.depth - b.depth || a.createdAt.localeCompare(b.createdAt));
}

interface Place {
  parent?: DiskSnapshot;
  depth: number;
}

/** Parent and depth of each snapshot. A file edited by hand may go in circles: who is on one has no parent that is known. */
function placesOf(snapshots: DiskSnapshot[], sidecar: SidecarContent): ReadonlyMap<string, Place> {
  const byTag = new Map(snapshots.map((snapshot) => [snapshot.tag, snapshot]));
  const parentOf = (tag: string): DiskSnapshot | undefined => {
    // A parent that is gone hands its children to its own parent, whoever removed it.
    const seen = new Set<string>();
    let parent = sidecar.points[tag]?.parent ?? null;
    while (parent !== null && !byTag.has(parent) && !seen.has(parent)) {
      seen.add(parent);
      parent = sidecar.points[parent]?.parent ?? null;
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
 * The point that the running state descends from. A create notes its own tag before it takes the snapshot: when that is not
 * there, because it failed or was killed or was removed later, it is the parent that counts.
 */
export function currentTag(snapshots: DiskSnapshot[], sidecar: SidecarContent): string | undefined {
  const there = new Set(snapshots.map(({ tag }) => tag));
  let tag = sidecar.current;
  const seen = new Set<string>();
  while (tag !== null && !there.has(tag) && !seen.has(tag)) {
    seen.add(tag);
    tag = sidecar.points[tag]?.parent ?? null;
  }
  return tag === null || !there.has(tag) ? undefined : tag;
}
