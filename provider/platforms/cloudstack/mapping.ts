import type { Blocker, PowerState, RunningTask, Snapshot, SnapshotKind, TargetState } from "../contract-types";
import type { Entity } from "./client/replies";
import { idOf, stateOf, textOf, WORDS } from "./kinds";
import type { TargetRead } from "./reader";
import { targetOf } from "./targets";
import { readVmSnapshot, readVolumeSnapshot } from "./texts";

/** Work on snapshots that lists do not show. */
export interface Surroundings {
  /** This process's job on the snapshot. */
  jobOf(snapshotId: string): string | undefined;
  /** Ids of snapshots in a transient state without a running job. */
  stuck: ReadonlySet<string>;
}

/** Converts a target with its snapshots to the contract's types. `ids` identify the requested target. */
export function targetState(kind: SnapshotKind, id: string, read: TargetRead, around: Surroundings): TargetState {
  const { target } = read;
  // Lists start with the newest, and times are whole seconds. A snapshot on KVM's file-based storage that was deleted
  // while others build on it is Hidden: deleted, for a user.
  const rows = read.snapshots
    .filter((row) => stateOf(row) !== "Hidden")
    .reverse()
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
  const words = WORDS[kind];
  const stuck = rows.filter((row) => around.stuck.has(idOf(row)));
  const running = rows.filter((row) => words.transientStates.includes(stateOf(row)) && !stuck.includes(row));
  const shown = rows.filter((row) => !words.beginning.includes(stateOf(row)) || stuck.includes(row));
  const snapshots = kind === "snapshot" ? shown.map(volumeSnapshot) : tree(shown);
  return {
    target: target === undefined ? lost(id, rows) : targetOf(kind, target),
    powerState: powerState(target),
    snapshots: snapshots.map((snapshot) => ({ ...snapshot, ...failed(kind, shown, snapshot.id, around) })),
    blockers: [...blockers(kind, target, stuck), ...kvmBlockers(kind, target, rows)],
    runningTasks: running.map((row) => runningTask(kind, row, around)),
    resizeBlocked: kind === "recovery-point" && snapshots.length > 0,
  };
}

function runningTask(kind: SnapshotKind, row: Entity, around: Surroundings): RunningTask {
  const id = textOf(row, "jobid") ?? around.jobOf(idOf(row)) ?? idOf(row);
  return { id, operation: `${WORDS[kind].snapshots.word} ${stateOf(row)}` };
}

/** Why a snapshot cannot be used: a failed create, or an unfinished removal. */
function failed(
  kind: SnapshotKind,
  rows: Entity[],
  id: string,
  { stuck }: Surroundings,
): Pick<Snapshot, "failed" | "abandoned"> {
  const row = rows.find((candidate) => idOf(candidate) === id);
  const state = row === undefined ? "" : stateOf(row);
  const words = WORDS[kind];
  if (words.usable.includes(state)) return {};
  const isSettled = stuck.has(id) || !words.transientStates.includes(state);
  const abandoned = isSettled && words.clearable.includes(state) ? { abandoned: true } : {};
  return { failed: stuck.has(id) ? `stuck in ${state}` : state, ...abandoned };
}

/** Volume snapshots are independent copies without a tree or a "current" one. Oldest first. */
function volumeSnapshot(row: Entity): Snapshot {
  const { quiesced, ...texts } = readVolumeSnapshot(row);
  const size = Number(row.physicalsize ?? Number.NaN);
  return {
    id: idOf(row),
    ...texts,
    createdAt: timeOf(row),
    isCurrent: false,
    depth: 1,
    consistency: quiesced ? "filesystem" : "crash",
    powerState: "unknown",
    ...(size > 0 ? { sizeBytes: size } : {}),
    ...(row.revertable === false ? { revertable: false } : {}),
  };
}

/** Parents before children. A parent that is no longer listed makes its child a root. */
function tree(rows: Entity[]): Snapshot[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const depthOf = (row: Entity, below = 0): number => {
    const parent = byId.get(textOf(row, "parent") ?? "");
    return parent === undefined || below > rows.length ? 1 : depthOf(parent, below + 1) + 1;
  };
  return rows
    .map((row): Snapshot => {
      const { quiesced, ...texts } = readVmSnapshot(row);
      const memory = row.type === "DiskAndMemory";
      const parentId = textOf(row, "parent");
      return {
        id: idOf(row),
        ...texts,
        createdAt: timeOf(row),
        ...(parentId !== undefined && byId.has(parentId) ? { parentId } : {}),
        isCurrent: row.current === true,
        depth: depthOf(row),
        consistency: memory ? "memory" : quiesced ? "filesystem" : "crash",
        powerState: memory ? "on" : "unknown",
      };
    })
    .sort((a, b) => a.depth - b.depth);
}

function blockers(kind: SnapshotKind, target: Entity | undefined, stuck: Entity[]): Blocker[] {
  const { word } = WORDS[kind].targets;
  if (target === undefined) {
    const message = `the ${word} was removed; only its snapshots remain`;
    return [{ code: "target-removed", message, blocks: "all" }];
  }
  const found: Blocker[] = [];
  const allowed = kind === "snapshot" ? ["Ready"] : ["Running", "Stopped"];
  const state = stateOf(target);
  // Transient states; if they matter, the server refuses as `busy`.
  const transientStates = kind === "snapshot" && ["Snapshotting", "Migrating", "Copying"].includes(state);
  if (!allowed.includes(state) && !transientStates) {
    const message = `the ${word} is ${state}; CloudStack takes snapshots only if it is ${allowed.join(" or ")}`;
    found.push({ code: "target-state", message, blocks: "all" });
  }
  if (kind === "recovery-point") {
    for (const row of stuck) {
      const message = `the VM snapshot ${idOf(row)} is stuck in ${stateOf(row)}, without a running job, and CloudStack refuses all other snapshots of the VM. Remedy: ${exitOf(kind, row)}`;
      found.push({ code: STUCK, message, blocks: "all", snapshotId: idOf(row) });
    }
  }
  return found;
}

export const STUCK = "stuck-snapshot";

/** Remedy for a stalled snapshot. */
export function exitOf(kind: SnapshotKind, row: Entity): string {
  return WORDS[kind].exits[stateOf(row)] ?? "its administrator";
}

/**
 * On KVM each strategy for VM snapshots refuses if the VM has snapshots of the other strategy. From CloudStack's
 * source; seen on 4.20 to 4.22.
 */
function kvmBlockers(kind: SnapshotKind, target: Entity | undefined, rows: Entity[]): Blocker[] {
  if (kind !== "recovery-point" || target?.hypervisor !== "KVM" || stateOf(target) !== "Running") return [];
  const has = (type: string) => rows.some((row) => row.type === type && WORDS[kind].usable.includes(stateOf(row)));
  const found: Blocker[] = [];
  if (has("DiskAndMemory")) {
    const message =
      "it has VM snapshots with memory, so CloudStack refuses one of disks only of a running VM on KVM. Include the memory, or remove those snapshots";
    found.push({ code: "memory-snapshots-only", message, blocks: "disks" });
  }
  if (has("Disk")) {
    const message =
      "it has VM snapshots of disks only, so CloudStack may refuse one with memory on KVM. Omit the memory, or remove those snapshots";
    found.push({ code: "disk-snapshots-only", message, blocks: "memory", uncertain: true });
  }
  return found;
}

function lost(id: string, [row]: Entity[]): TargetState["target"] {
  return { id, name: (row && (textOf(row, "volumename") ?? textOf(row, "virtualmachinename"))) ?? id };
}

function powerState(target: Entity | undefined): PowerState {
  const state = target?.vmstate ?? target?.state;
  if (state === "Running") return "on";
  return state === "Stopped" ? "off" : "unknown";
}

/** `2026-11-21T05:45:51+0000` as ISO 8601 in UTC. */
export function timeOf(row: Entity): string {
  const time = new Date((textOf(row, "created") ?? "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}
