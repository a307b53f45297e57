import { randomUUID } from "node:crypto";

export type VpsState =
  | "backuping"
  | "installing"
  | "maintenance"
  | "rebooting"
  | "rescued"
  | "running"
  | "stopped"
  | "stopping"
  | "upgrading";

export type TaskState = "blocked" | "cancelled" | "doing" | "done" | "error" | "paused" | "todo" | "waitingAck";

export interface SimulatedSnapshot {
  id: string;
  creationDate: string;
  description: string;
  region: string | null;
}

export interface SimulatedTask {
  id: number;
  type: string;
  state: TaskState;
  progress: number;
  date: string;
}

export interface RestorePoint {
  time: string;
  state: "available" | "restored" | "restoring";
}

export interface SimulatedVps {
  /** `vps-1a2b3c4d.vps.ovh.net` */
  serviceName: string;
  displayName: string;
  state: VpsState;
  snapshot?: SimulatedSnapshot;
  options: Map<string, "released" | "subscribed">;
  tasks: SimulatedTask[];
  automatedBackup: { state: "enabled" | "disabled"; schedule: string | null; snapshots: RestorePoint[] };
  /** Number of times that its disk was overwritten. */
  reverts: number;
}

/** The state behind the API: the VPS of one account. */
export class Account {
  readonly vps = new Map<string, SimulatedVps>();
  private created = 0;

  /** @param change properties of the VPS; by default the snapshot option is subscribed */
  add(change: Partial<SimulatedVps> = {}): SimulatedVps {
    const number = ++this.created;
    const serviceName = change.serviceName ?? `vps-${number.toString(16).padStart(8, "0")}.vps.ovh.net`;
    const vps: SimulatedVps = {
      serviceName,
      displayName: serviceName,
      state: "running",
      options: new Map([["snapshot", "subscribed"]]),
      tasks: [],
      automatedBackup: { state: "disabled", schedule: null, snapshots: [] },
      reverts: 0,
      ...change,
    };
    this.vps.set(serviceName, vps);
    return vps;
  }

  /** Takes a snapshot as in the control panel. */
  replaceByHand(vps: SimulatedVps, description = ""): SimulatedSnapshot {
    vps.snapshot = newSnapshot(description);
    return vps.snapshot;
  }
}

export function newSnapshot(description: string): SimulatedSnapshot {
  return { id: randomUUID(), creationDate: dateOf(Date.now()), description, region: "GRA" };
}

/** OVHcloud's time format: seconds, and an offset instead of a Z. */
export function dateOf(time: number): string {
  return new Date(time + 60 * 60_000).toISOString().replace(/\.\d+Z$/, "+01:00");
}
