import type { Offer } from "../simulators/simulator-registry";
import { startVcsim } from "./launcher";

/** The VMs of README.md's program and one more, all powered on. */
const NAMES = ["web-1", "web-2", "db-1"];

/**
 * A vCenter with the VMs of the docs' programs, below `/DC0/vm/prod`.
 *
 * @throws GoMissingError when the simulator must be built and Go is not installed
 */
export const offerVsphere: Offer = async (port) => {
  if (port !== 0) throw new Error("The simulator of vSphere takes any free port: leave --port out");
  const vcsim = await startVcsim({ vms: 1, taskDelayMs: 200 });
  const { control, host, username, password, fingerprint } = vcsim;
  const [model] = await control.vms();
  if (model === undefined) throw new Error("the simulator has no VM");
  for (const name of NAMES) {
    const moref = await control.cloneVm(model.moref, { folder: "prod", name });
    await control.power(moref, "on");
  }
  await control.destroyVm(model.moref);
  return {
    connection: { platform: "vsphere", endpoint: `https://${host}:${vcsim.port}`, username, password, fingerprint },
    contents: (await control.vms()).map(({ path, moref }) => `VM ${path} (${moref})`),
    close: () => vcsim.stop(),
  };
};
