import type { SnapshotKind } from "../../provider/platforms/contract";
import { connectionTo, fakepveMissing, fakepvePython, ProxmoxSimulator } from "../simulators/proxmox";
import { type Target, until, type WiredPlatform } from "./harness";

/** Reference count: all open platforms share one cluster. */
let count = 0;

export type ProxmoxPlatform = WiredPlatform & { simulator: ProxmoxSimulator };

/**
 * Proxmox VE: snapshots of virtual machines, recovery points of containers.
 *
 * @returns why it is unavailable, if fakepve cannot be installed
 */
export async function proxmox(
  kind: SnapshotKind,
  user: Parameters<typeof ProxmoxSimulator.start>[1] = {},
): Promise<ProxmoxPlatform | string> {
  const missing = await fakepveMissing();
  if (missing !== undefined) return missing;
  const simulator = await ProxmoxSimulator.start(await fakepvePython(), user);
  const { fake } = simulator;
  const type = kind === "snapshot" ? "qemu" : "lxc";
  const vmidOf = ({ id }: Target) => Number(id.split("/")[1]);
  const guestOf = async (target: Target) => {
    const guest = await fake.guest(vmidOf(target));
    if (guest === null) throw new Error(`there is no guest ${target.id}`);
    return guest;
  };
  const add = async (name: string): Promise<Target> => ({ id: `${type}/${await simulator.add(type, name)}`, name });
  return {
    name: "proxmox",
    kind,
    simulator,
    connection: {
      ...connectionTo(simulator),
      pollInterval: "20ms",
      // After its worker is killed, a case must not wait ten minutes.
      stuckAfter: "4s",
    },
    secrets: [simulator.user.secret, simulator.user.password],
    edits: true,
    renames: false,
    reverts: true,
    newTarget: () => add(`target-${++count}`),
    twin: async ({ name }) => void (await add(name)),
    removeTarget: (target) => fake.do("remove", { vmid: vmidOf(target) }),
    takeForeign: async (target) =>
      `by-hand@${await fake.do<number>("take", { vmid: vmidOf(target), name: "by-hand" })}`,
    snapshots: async (target) =>
      ((await fake.guest(vmidOf(target)))?.snapshots ?? []).map(({ name, snaptime, description }) => ({
        id: `${name}@${snaptime}`,
        text: `${name} ${description}`,
      })),
    idle: (target) => until(async () => (await fake.guest(vmidOf(target)))?.running !== true),
    leftovers: async (target) => {
      const { lock, snapshots } = await guestOf(target);
      const passing = snapshots.filter(({ snapstate }) => snapstate !== null);
      return [
        ...(lock === null ? [] : [`the guest is locked (${lock})`]),
        ...passing.map(({ name, snapstate }) => `${name} is ${snapstate}`),
      ];
    },
    taskTime: (milliseconds) => fake.do("taskTime", { seconds: milliseconds / 1000 }),
    loseNextReply: async () =>
      simulator.inject({
        kind: "reset-after",
        match: ({ method, path }) => method === "POST" && path.endsWith("/snapshot"),
      }),
    wire: simulator,
    callOf: ({ method, path }) =>
      `${method} ${path
        .replace("/api2/json", "")
        .replace(/\/tasks\/[^/]+/, "/tasks/:upid")
        .replace(/\/(qemu|lxc)\/\d+/, "/$1/:vmid")
        .replace(/\/nodes\/[^/]+/, "/nodes/:node")
        .replace(/\/snapshot\/[^/]+/, "/snapshot/:name")}`,
    own: {
      "task failed": {
        calls: /^(POST|DELETE) .*\/snapshot/,
        at: () => {
          simulator.failNext = "command 'rbd snap' failed: exit code 5";
          return true;
        },
      },
      "task vanished": {
        calls: /\/tasks\/:upid\/status$/,
        at: ({ path }) => {
          simulator.vanished.add(decodeURIComponent(path.split("/").at(-2) ?? ""));
          return true;
        },
      },
    },
    close: () => simulator.close(),
  };
}
