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
  const depthOf = (tag: string, below: readonly string[] = []): number => {
    const parent = parentOf(tag);
    // A file edited by hand may go in circles.
    if (parent === undefined || below.includes(tag)) return 1;
    return 1 + depthOf(parent.tag, [...below, tag]);
  };
  const points = snapshots.map((snapshot): TaggedPoint => {
    const { tag, id, createdAt, memory, stateBytes } = snapshot;
    const entry = sidecar.points[tag];
    const marked = splitMarkedName(tag);
    const parentId = parentOf(tag)?.id;
    return {
      tag,
      id,
      name: entry?.name ?? marked.name,
      // The marker is in the tag, so that it is found even when the sidecar is lost.
      description: entry?.description ?? marked.description,
      createdAt,
      ...(parentId === undefined ? {} : { parentId }),
      isCurrent: currentTag(snapshots, sidecar) === tag,
      depth: depthOf(tag),
      consistency: consistencyOf(snapshot, entry?.quiesced ?? false),
      powerState: memory ? "on" : (entry?.power ?? "unknown"),
      ...(memory ? { sizeBytes: stateBytes } : {}),
    };
  });
  return points.sort((a, b) => a.depth - b.depth || a.createdAt.localeCompare(b.createdAt));
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
