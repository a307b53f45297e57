import type { Consistency, Snapshot } from "../contract";
import { decodeText, encodeText, type SnapshotText } from "../ownership";
import type { SnapshotRow } from "./client/replies";

/** Ends the description of a snapshot that was proven to be quiesced. No list shows it. */
const FROZEN = "[snapstate-frozen]";

/** Name and time: names of removed snapshots and vmids of removed guests are reused. */
export function snapshotId({ name, snaptime }: Pick<SnapshotRow, "name" | "snaptime">): string {
  return `${name}@${snaptime}`;
}

export function nameOf(snapshotId: string): string {
  return snapshotId.slice(0, snapshotId.lastIndexOf("@"));
}

export function textToStore(text: SnapshotText, frozen: boolean): string {
  const stored = encodeText(text);
  return frozen ? `${stored}${stored === "" ? "" : "\n"}${FROZEN}` : stored;
}

/** Proxmox VE trims a VM's description and appends a line end to a container's. */
export function readText(stored: string): SnapshotText & { frozen: boolean } {
  const text = stored.trimEnd();
  const frozen = text === FROZEN || text.endsWith(`\n${FROZEN}`);
  return { ...decodeText(frozen ? text.slice(0, -FROZEN.length).trimEnd() : text), frozen };
}

/**
 * The snapshots of a guest, parents before children. The list comes in random order.
 *
 * @param underWay whether a task is running on the guest: a snapshot in a transient state is then not complete or being
 * removed
 */
export function snapshotsOf(rows: readonly SnapshotRow[], underWay: boolean, locked: boolean): Snapshot[] {
  const current = rows.find(({ name }) => name === "current");
  const all = rows.filter((row) => row !== current);
  const there = all.filter(({ snapstate }) => snapstate === undefined || !underWay);
  const byName = new Map(there.map((row) => [row.name, row]));
  const full = new Map(all.map((row) => [row.name, row]));
  const parentOf = (row: SnapshotRow): SnapshotRow | undefined => {
    // Unlisted parents are skipped, and cycles, which only a damaged configuration has, are cut.
    const seen = new Set([row.name]);
    for (let name = row.parent; name !== undefined && !seen.has(name); name = full.get(name)?.parent) {
      const parent = byName.get(name);
      if (parent !== undefined) return parent;
      seen.add(name);
    }
    return undefined;
  };
  const depthOf = (row: SnapshotRow): number => {
    let depth = 1;
    const seen = new Set([row.name]);
    for (let up = parentOf(row); up !== undefined && !seen.has(up.name); up = parentOf(up)) {
      seen.add(up.name);
      depth++;
    }
    return depth;
  };
  const snapshots = there.map((row): Snapshot => {
    const { frozen, ...text } = readText(row.description);
    const parent = parentOf(row);
    return {
      id: snapshotId(row),
      name: row.name,
      ...text,
      createdAt: row.snaptime === 0 ? "" : new Date(row.snaptime * 1000).toISOString(),
      ...(parent === undefined ? {} : { parentId: snapshotId(parent) }),
      isCurrent: current?.parent === row.name,
      depth: depthOf(row),
      consistency: consistencyOf(row, frozen),
      powerState: row.vmstate ? "on" : "unknown",
      ...(row.snapstate === undefined ? {} : { failed: row.snapstate, abandoned: !locked }),
    };
  });
  return snapshots.sort(
    (a, b) => a.depth - b.depth || a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id),
  );
}

function consistencyOf({ vmstate }: SnapshotRow, frozen: boolean): Consistency {
  if (vmstate) return "memory";
  return frozen ? "filesystem" : "crash";
}
