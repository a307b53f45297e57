import { connectionOf } from "../support/connection";
import type { Vcsim } from "../vcsim/launcher";
import { type Bench, sum } from "./measure";

/** The vCenter simulator with all its VMs. */
export async function vcsimBench(vcsim: Vcsim, title: string, parallel: number): Promise<Bench> {
  const vms = await vcsim.control.vms();
  return {
    title,
    type: "snapstate:index:Snapshot",
    connection: connectionOf(vcsim),
    targets: vms.map(({ name, path }) => ({ name, args: { target: path, name: "bench" } })),
    parallel,
    takeCalls: async () => sum(await vcsim.control.calls({ reset: true })),
  };
}
