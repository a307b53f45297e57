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
  /** How often its disk was overwritten. */
  reverts: number;
}

/** What there is behind the API: the VPS of one account. */
export class Account {
  readonly vps = new Map<string, SimulatedVps>();
  private created = 0;

  /** @param change `options` defaults to a subscribed snapshot option */
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

  /** As somebody with the control panel does it. */
  replaceByHand(vps: SimulatedVps, description = ""): SimulatedSnapshot {
    vps.snapshot = newSnapshot(description);
    return vps.snapshot;
  }
}

export function newSnapshot(description: string): SimulatedSnapshot {
  return { id: randomUUID(), creationDate: dateOf(Date.now()), description, region: "GRA" };
}

/** OVHcloud's times have seconds, and an offset in place of a Z. */
export function dateOf(time: number): string {
  return new Date(time + 60 * 60_000).toISOString().replace(/\.\d+Z$/, "+01:00");
}
