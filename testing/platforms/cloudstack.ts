import type { SnapshotKind } from "../../provider/platforms/contract";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { clockAhead, type Target, until, type WiredPlatform } from "./harness";

type Options = NonNullable<ConstructorParameters<typeof CloudStackSimulator>[0]>;

export async function cloudstack(
  kind: SnapshotKind,
  options: Options = {},
): Promise<WiredPlatform & { simulator: CloudStackSimulator }> {
  const simulator = new CloudStackSimulator({ jobTime: 15, ...options });
  await simulator.listen();
  const { endpoint, apiKey, secretKey, state } = simulator;
  const ofVolumes = kind === "snapshot";
  const rows = ({ id }: Target) =>
    ofVolumes
      ? state.snapshots.filter((row) => row.volume.id === id && row.state !== "Destroyed")
      : state.vmSnapshots.filter((row) => row.vm.id === id && row.state !== "Removed");
  // On KVM, a stopped VM can be reverted to both kinds.
  const add = (name: string): Target => {
    const vm = simulator.addVm({ name, powerState: "Stopped", root: { name } });
    return { id: ofVolumes ? (simulator.volumesOf(vm)[0]?.id as string) : vm.id, name };
  };
  let count = 0;
  return {
    name: "cloudstack",
    kind,
    simulator,
    // A server that dies leaves a snapshot in Allocated for ever; a case must not wait ten minutes for it.
    connection: { platform: "cloudstack", endpoint, apiKey, secretKey, stuckAfter: "4s" },
    secrets: [secretKey],
    edits: false,
    reverts: true,
    traits: { recoversLostReplies: true },
    newTarget: async () => add(`target-${++count}`),
    twin: async ({ name }) => void add(name),
    removeTarget: async ({ id }) => {
      if (ofVolumes) state.volumes.get(id).removed = true;
      else state.vms.purge(id);
    },
    takeForeign: async ({ id }) =>
      (ofVolumes
        ? simulator.addSnapshot(state.volumes.get(id), { name: "by hand" })
        : simulator.addVmSnapshot(state.vms.get(id), { displayName: "by hand" })
      ).id,
    snapshots: async (target) =>
      rows(target).map((row) => ({
        id: row.id,
        text: "displayName" in row ? `${row.displayName} ${row.description ?? ""}` : row.name,
      })),
    idle: () => until(() => state.jobs.filter(({ status }) => status === 0).length === 0),
    leftovers: async (target) =>
      rows(target)
        .filter((row) => row.state !== "BackedUp" && row.state !== "Ready")
        .map((row) => `${row.id} is ${row.state}`),
    taskTime: async (milliseconds) => {
      simulator.jobs.times = milliseconds;
    },
    loseNextReply: async () =>
      simulator.inject({ kind: "reset-after", match: ({ body }) => /command=create(VM)?Snapshot&/.test(body) }),
    wire: simulator,
    callOf: ({ body }) => new URLSearchParams(body).get("command") ?? "none",
    die: () => simulator.crash(),
    revive: () => simulator.restart(),
    repair: ({ id }) => {
      const { vmSnapshots } = simulator.state;
      for (const row of vmSnapshots.filter(({ vm, state }) => vm.id === id && state === "Allocated")) {
        vmSnapshots.purge(row.id);
      }
    },
    own: {
      "task failed": {
        calls: ofVolumes ? /^(create|delete|revert)Snapshot$/ : /^(create|delete|revertTo)VMSnapshot$/,
        before: async (_, call) => simulator.failNext(call),
      },
      "task vanished": {
        calls: /^queryAsyncJobResult$/,
        at: ({ body }) => {
          state.jobs.purge(new URLSearchParams(body).get("jobid") ?? "");
          return true;
        },
      },
      "clock an hour ahead": clockAhead(state.settings, 3600),
      "clock an hour behind": clockAhead(state.settings, -3600),
    },
    close: () => simulator.close(),
  };
}
