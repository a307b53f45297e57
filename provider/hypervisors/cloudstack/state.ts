import type { Blocker, Point, PointKind, PowerState, RunningTask, TargetState } from "../contract";
import type { Entity } from "./client/replies";
import { idOf, stateOf, textOf, WORDS } from "./kinds";
import type { TargetRead } from "./reader";
import { targetOf } from "./targets";
import { readVmSnapshot, readVolumeSnapshot } from "./texts";

/** What is known of the work on points, besides what the lists say. */
export interface Surroundings {
  /** The job of this process that works on the point of that id. */
  jobOf(pointId: string): string | undefined;
  /** Milliseconds after which a point that is still `Allocated` is not waited for. */
  stuckAfter: number;
  now: number;
}

/** A target with its points in the contract's words. `ids` are of the target that was asked for. */
export function targetState(kind: PointKind, id: string, read: TargetRead, around: Surroundings): TargetState {
  const { target } = read;
  // Lists begin with the newest, and times are whole seconds.
  const rows = [...read.points].reverse().sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
  const words = WORDS[kind];
  const stuck = rows.filter((row) => isStuck(row, around));
  const running = rows.filter((row) => words.passing.includes(stateOf(row)) && !stuck.includes(row));
  const shown = rows.filter((row) => !words.beginning.includes(stateOf(row)) || stuck.includes(row));
  const points = kind === "snapshot" ? shown.map(volumeSnapshot) : tree(shown);
  return {
    target: target === undefined ? lost(id, rows) : targetOf(kind, target),
    powerState: powerState(target),
    points: points.map((point) => ({ ...point, ...failed(kind, shown, point.id) })),
    blockers: blockers(kind, target, stuck),
    runningTasks: running.map((row) => runningTask(kind, row, around)),
    resizeBlocked: kind === "recovery-point" && points.length > 0,
  };
}

function runningTask(kind: PointKind, row: Entity, around: Surroundings): RunningTask {
  const id = textOf(row, "jobid") ?? around.jobOf(idOf(row)) ?? idOf(row);
  return { id, operation: `${WORDS[kind].points.word} ${stateOf(row)}` };
}

/** A row that was made and whose job never was: it stays so for ever. */
function isStuck(row: Entity, { jobOf, stuckAfter, now }: Surroundings): boolean {
  if (row.state !== "Allocated" || textOf(row, "jobid") || jobOf(idOf(row))) return false;
  return now - Date.parse(timeOf(row)) > stuckAfter;
}

/** What cannot be used says so: a failed create, or a removal that did not come to its end. */
function failed(kind: PointKind, rows: Entity[], id: string): { failed?: string } {
  const row = rows.find((candidate) => idOf(candidate) === id);
  const state = row === undefined ? "" : stateOf(row);
  return WORDS[kind].usable.includes(state) ? {} : { failed: state };
}

/** Volume snapshots are copies, each by itself: there is no tree and no "current". Oldest first. */
function volumeSnapshot(row: Entity): Point {
  const { name, description, quiesced } = readVolumeSnapshot(row);
  const size = Number(row.physicalsize ?? Number.NaN);
  return {
    id: idOf(row),
    name,
    description,
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
function tree(rows: Entity[]): Point[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const depthOf = (row: Entity, below = 0): number => {
    const parent = byId.get(textOf(row, "parent") ?? "");
    return parent === undefined || below > rows.length ? 1 : depthOf(parent, below + 1) + 1;
  };
  return rows
    .map((row): Point => {
      const { name, description, quiesced } = readVmSnapshot(row);
      const memory = row.type === "DiskAndMemory";
      const parentId = textOf(row, "parent");
      return {
        id: idOf(row),
        name,
        description,
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

function blockers(kind: PointKind, target: Entity | undefined, stuck: Entity[]): Blocker[] {
  const { word } = WORDS[kind].targets;
  if (target === undefined) {
    const message = `the ${word} was removed; only what was taken of it is left`;
    return [{ code: "target-removed", message, blocks: "all" }];
  }
  const found: Blocker[] = [];
  const allowed = kind === "snapshot" ? ["Ready"] : ["Running", "Stopped"];
  const state = stateOf(target);
  // These pass by themselves, and the server says `busy` where they matter.
  const passing = kind === "snapshot" && ["Snapshotting", "Migrating", "Copying"].includes(state);
  if (!allowed.includes(state) && !passing) {
    const message = `the ${word} is ${state}, and CloudStack takes a snapshot of one that is ${allowed.join(" or ")}`;
    found.push({ code: "target-state", message, blocks: "all" });
  }
  if (kind === "recovery-point") {
    for (const row of stuck) {
      const message = `the VM snapshot ${idOf(row)} is stuck in Allocated, and CloudStack refuses all others of the VM until its administrator removes it from the database (apache/cloudstack issue 8424)`;
      found.push({ code: "stuck-snapshot", message, blocks: "all" });
    }
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
