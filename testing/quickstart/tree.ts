import type { SnapshotInfo, SnapshotsOfTarget } from "../../provider/resources";

/** A VM's snapshots as lines of a tree, with the position of the running state. */
export function drawTree({ targetName, snapshots, consolidationNeeded }: SnapshotsOfTarget): string {
  const here = (indent: string) => `${indent}└─ you are here`;
  const draw = (parentId: string, indent: string): string[] =>
    snapshots
      .filter((snapshot) => snapshot.parentId === parentId)
      .flatMap((snapshot) => [
        `${indent}└─ ${describe(snapshot)}`,
        ...draw(snapshot.id, `${indent}   `),
        ...(snapshot.isCurrent ? [here(`${indent}   `)] : []),
      ]);
  const current = snapshots.some(({ isCurrent }) => isCurrent);
  const note = consolidationNeeded ? "  (needs a disk consolidation)" : "";
  return [`${targetName}${note}`, ...draw("", "  "), ...(current ? [] : [here("  ")])].join("\n");
}

function describe({ name, consistency, createdAt, managed, id }: SnapshotInfo): string {
  return `${name}  ${consistency}-consistent, ${createdAt}, ${managed ? "managed" : "foreign"}, ${id}`;
}
