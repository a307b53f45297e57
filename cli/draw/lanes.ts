import type { ReportedSnapshot } from "../../provider/resources";

/**
 * One line of a drawn tree. Lines go down in lanes: the last child of a snapshot stays in its lane, the others branch
 * to the right. The path to the running state comes last, so it is one straight line, and a deep chain needs no width.
 * Every lane to the left of a row's own has a continuous line.
 */
export interface Row<S = ReportedSnapshot> {
  /** Absent on the row that says "you are here". */
  snapshot?: S;
  /** 0 for the leftmost. */
  lane: number;
  /** It starts its lane, from the lane to the left. */
  branches: boolean;
  /** Its lane continues below. */
  continues: boolean;
  /** 1 for roots; "you are here" is one below the current snapshot. */
  level: number;
  /** Position among its siblings, from 1. */
  place: number;
  siblings: number;
}

interface Drawn {
  id: string;
  parentId: string;
  createdAt: string;
  isCurrent: boolean;
}

/** Rows of a VM's snapshots, parents before children. The VM itself starts lane 0. */
export function rows<S extends Drawn>(snapshots: readonly S[]): Row<S>[] {
  const known = new Set<string>();
  const children = new Map<string, S[]>();
  for (const one of snapshots) {
    // A snapshot without a preceding parent is drawn as a root rather than dropped.
    const parent = known.has(one.parentId) ? one.parentId : "";
    known.add(one.id);
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const current = snapshots.find(({ isCurrent }) => isCurrent);
  const running = ancestry(snapshots, current);
  const all: Row<S>[] = [];

  // A stack instead of recursion, since chains may be deep.
  const pending: Row<S>[] = [];
  const push = (parentId: string, lane: number, level: number) => {
    const below: (S | undefined)[] = [...(children.get(parentId) ?? [])].sort(
      (a, b) => Number(running.has(a?.id ?? "")) - Number(running.has(b?.id ?? "")) || compare(a, b),
    );
    if (parentId === (current?.id ?? "")) below.push(undefined);
    const made = below.map((snapshot, index): Row<S> => {
      const last = index === below.length - 1;
      const continues = snapshot !== undefined && (children.has(snapshot.id) || snapshot === current);
      return {
        ...(snapshot === undefined ? {} : { snapshot }),
        lane: last ? lane : lane + 1,
        branches: !last,
        continues,
        level,
        place: index + 1,
        siblings: below.length,
      };
    });
    pending.push(...made.reverse());
  };
  push("", 0, 1);
  for (let row = pending.pop(); row; row = pending.pop()) {
    all.push(row);
    if (row.snapshot) push(row.snapshot.id, row.lane, row.level + 1);
  }
  return all;
}

/** Ids of the snapshots that the running state descends from. */
function ancestry<S extends Drawn>(snapshots: readonly S[], current: S | undefined): Set<string> {
  const byId = new Map(snapshots.map((one) => [one.id, one]));
  const found = new Set<string>();
  for (let one = current; one && !found.has(one.id); one = byId.get(one.parentId)) found.add(one.id);
  return found;
}

function compare<S extends Drawn>(a: S, b: S): number {
  return a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0;
}
