import { VsphereDriver } from "../../provider/platforms/vsphere/driver";
import { vsphereSettings } from "../../provider/platforms/vsphere/settings";
import type { Vcsim, VcsimSnapshot } from "../vcsim/launcher";
import { flat } from "../vcsim/test-support";

/** A driver for the simulator that trusts it by its fingerprint. */
export function vcsimDriver(vcsim: Vcsim, settings: Record<string, unknown> = {}): VsphereDriver {
  const { host, port, username, password, fingerprint } = vcsim;
  // The simulator listens on loopback, so no proxy applies.
  process.env.NO_PROXY = "127.0.0.1,localhost";
  return new VsphereDriver(
    vsphereSettings.parse({ endpoint: `${host}:${port}`, username, password, fingerprint, ...settings }),
  );
}

/** A VM's snapshots in the simulator, parents before children. */
export async function snapshotsOf(vcsim: Vcsim, vmId: string): Promise<VcsimSnapshot[]> {
  const vm = (await vcsim.control.vms()).find((candidate) => candidate.moref === vmId);
  return flat(vm?.snapshots ?? []);
}
