import { snapshotsOf } from "../contract/vcsim-driver";
import { startVcsim, type Vcsim, type VcsimOptions, type VcsimRule } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { type RunningPlatform, type Target, until } from "./harness";

export interface VspherePlatform extends RunningPlatform {
  vcsim: Vcsim;
  /** The VM's next task of this method fails; without a method, no further task fails. */
  failTask(target: Target, method?: string): Promise<void>;
}

/** @returns why it is unavailable */
export async function vsphere(vms: number, more: VcsimOptions = {}): Promise<VspherePlatform | string> {
  const vcsim = await startVcsim({ vms, autostart: false, ...more }).catch(missing);
  if (typeof vcsim === "string") return vcsim;
  // The simulator listens on loopback, so no proxy applies.
  process.env.NO_PROXY = "127.0.0.1,localhost";
  const { control, host, port, username, password, fingerprint } = vcsim;
  // Long enough to kill a run during a task.
  await control.delay({ taskMs: 15 });
  const unused = await control.vms();
  /** Rules are replaced as a whole: those of the running cases, by VM. */
  const failing = new Map<string, VcsimRule>();
  return {
    name: "vsphere",
    vcsim,
    failTask: async ({ id }, method) => {
      if (method === undefined) failing.delete(id);
      else failing.set(id, { method, object: id, task: true, fault: "NoDiskSpace", max: 1 });
      await control.rules(...failing.values());
    },
    kind: "snapshot",
    connection: { platform: "vsphere", endpoint: `${host}:${port}`, username, password, fingerprint },
    secrets: [password],
    edits: true,
    reverts: true,
    traits: { decodesNames: more.storeEscaped === "decoded" },
    newTarget: async () => {
      const vm = unused.shift();
      if (vm === undefined) throw new Error("every VM of the simulator is in use: start it with more");
      return { id: vm.moref, name: vm.name };
    },
    twin: async ({ id }) => void (await control.cloneVm(id, { folder: "twins" })),
    removeTarget: ({ id }) => control.destroyVm(id),
    takeForeign: ({ id }) => control.createSnapshot(id, { name: "by hand" }),
    snapshots: async ({ id }) =>
      (await snapshotsOf(vcsim, id)).map((snapshot) => ({
        id: snapshot.moref,
        text: `${snapshot.name} ${snapshot.description}`,
      })),
    idle: ({ id }) =>
      until(async () => (await control.vms()).every(({ moref, runningTasks }) => moref !== id || runningTasks === 0)),
    leftovers: async ({ id }) => {
      const vm = (await control.vms()).find(({ moref }) => moref === id);
      return vm?.consolidationNeeded ? ["disks to consolidate"] : [];
    },
    taskTime: (taskMs) => control.delay({ taskMs }),
    loseNextReply: () => control.rules({ method: "CreateSnapshotEx_Task", drop: "after", max: 1 }),
    disks: {
      leave: ({ id }) => control.setConsolidationNeeded(id, true),
      // Every operation leaves that.
      left: async () => [],
    },
    close: () => vcsim.stop(),
  };
}
