import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TaskWaiter as CloudmcTasks } from "../../provider/platforms/cloudmc/client/tasks";
import { JobWaiter } from "../../provider/platforms/cloudstack/client/jobs";
import { TaskWaiter as OvhTasks } from "../../provider/platforms/ovh-vps/client/tasks";
import { TaskWaiter as ProxmoxTasks } from "../../provider/platforms/proxmox/client/tasks";
import { TaskWaiter as VsphereTasks } from "../../provider/platforms/vsphere/client/tasks";
import { DURATIONS, lateness, type WaitFor } from "../support/lateness";

/** Duration of a poll in milliseconds. */
const POLL_MS = 40;

interface Platform {
  waiter: WaitFor;
  /** Usual duration of a task in milliseconds. */
  usual: number;
}

/** Virtual time starts at 0. */
const timeOf = (milliseconds: number) => new Date(milliseconds).toISOString();

const PLATFORMS: Record<string, Platform> = {
  vSphere: {
    usual: 1000,
    waiter: (clock, task) => {
      const read = async ({ type, id }: { type: string; id: string }) => {
        const { ended, startedAt, took } = await task(id);
        const times = { "info.queueTime": timeOf(startedAt), "info.completeTime": timeOf(startedAt + took) };
        const properties = ended() ? { "info.state": "success", ...times } : { "info.state": "running" };
        return { object: { ref: { type, id }, properties }, around: new Map() };
      };
      const waiter = new VsphereTasks({ read }, clock);
      return (id, call) => waiter.wait(id, "create snapshot", call);
    },
  },
  CloudStack: {
    usual: 1000,
    waiter: (clock, task) => {
      const job = async (id: string) => ({ jobstatus: (await task(id)).ended() ? 1 : 0 });
      const waiter = new JobWaiter({ job }, clock);
      return (id, call) => waiter.wait(id, "createSnapshot", call);
    },
  },
  CloudMC: {
    usual: 20_000,
    waiter: (clock, task) => {
      const api = {
        task: async (id: string) => ({
          result: {},
          status: (await task(id)).ended() ? ("SUCCESS" as const) : ("PENDING" as const),
        }),
      };
      const waiter = new CloudmcTasks(api, 1000, clock);
      return (id, call) => waiter.wait(id, "create snapshot", call);
    },
  },
  "OVHcloud VPS": {
    usual: 120_000,
    waiter: (clock, task) => {
      const type = "createSnapshot";
      const reply = async (where: string) => {
        const id = where.split("/").at(-1) ?? "";
        return { id, type, state: (await task(id)).ended() ? "done" : "doing" };
      };
      const waiter = new OvhTasks(
        { get: (where, shape) => reply(where).then((body) => shape.parse(body)) },
        5000,
        clock,
      );
      return (id, call) => waiter.wait("vps-1.vps.ovh.net", { id, type, state: "todo" }, call);
    },
  },
  "Proxmox VE": {
    usual: 1000,
    waiter: (clock, task) => {
      const reply = async (where: string) => {
        const id = where.split("/").at(-2) ?? "";
        return (await task(id)).ended() ? { status: "stopped", exitstatus: "OK" } : { status: "running" };
      };
      const waiter = new ProxmoxTasks(
        { get: (where, _query, shape) => reply(where).then((body) => shape.parse(body)) },
        1000,
        clock,
      );
      return (id, call) => waiter.wait(id, "snapshot", call);
    },
  },
};

describe("the waiter of each platform stays punctual over thousands of tasks", () => {
  for (const [platform, { waiter, usual }] of Object.entries(PLATFORMS)) {
    for (const [name, durations] of Object.entries(DURATIONS)) {
      it(`${platform}: ${name} durations`, async () => {
        const factor = durations();
        const { late, took } = await lateness(waiter, (n) => usual * factor(n), POLL_MS);
        // With a poll interval of some seconds, tasks take longer, and only the ratio counts.
        const limit = Math.min(took * 0.1, usual === 1000 ? 250 : Number.POSITIVE_INFINITY);
        assert.ok(late < limit, `${late.toFixed(0)} ms late on ${took.toFixed(0)} ms, limit ${limit.toFixed(0)}`);
      });
    }
  }
});
