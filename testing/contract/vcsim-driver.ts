import { VsphereDriver } from "../../provider/platforms/vsphere/driver";
import { vsphereSettings } from "../../provider/platforms/vsphere/settings";
import type { Vcsim, VcsimSnapshot } from "../vcsim/launcher";
import { flat } from "../vcsim/test-support";

/** A driver for the simulator, which is trusted by its fingerprint. */
export function vcsimDriver(vcsim: Vcsim, settings: Record<string, unknown> = {}): VsphereDriver {
  const { host, port, username, password, fingerprint } = vcsim;
  // The simulator listens on loopback, where no proxy of the environment leads.
  process.env.NO_PROXY = "127.0.0.1,localhost";
  return new VsphereDriver(
    vsphereSettings.parse({ endpoint: `${host}:${port}`, username, password, fingerprint, ...settings }),
  );
}

/** A VM's snapshots as the simulator has them, parents before children. */
export async function snapshotsOf(vcsim: Vcsim, vmId: string): Promise<VcsimSnapshot[]> {
  const vm = (await vcsim.control.vms()).find((candidate) => candidate.moref === vmId);
  return flat(vm?.snapshots ?? []);
}
