import type { RunningSimulator } from "../simulator-registry";
import { CloudStackSimulator } from "./simulator";

/** A small cloud for `npm run simulator`, in which jobs take two seconds. */
export async function offerCloudStack(port: number): Promise<RunningSimulator> {
  const simulator = new CloudStackSimulator({ jobTime: 2000 });
  await simulator.listen(port);
  const project = simulator.addProject({ name: "shop" });
  const vms = [
    simulator.addVm({ name: "web", disks: [{ name: "web-data" }] }),
    simulator.addVm({ name: "db", powerState: "Stopped", disks: [{ name: "db-data", sizeGib: 20 }] }),
    simulator.addVm({ name: "shop-1", project: project.name }),
  ];
  const { endpoint, apiKey, secretKey } = simulator;
  return {
    connection: { platform: "cloudstack", endpoint, apiKey, secretKey },
    contents: vms.map((vm) => {
      const volumes = simulator.volumesOf(vm).map(({ name, id }) => `${name} ${id}`);
      const where = vm.project === undefined ? "" : `, project ${vm.project.name}`;
      return `VM ${vm.name} ${vm.id} (${vm.state}${where}; ${volumes.join(", ")})`;
    }),
    close: () => simulator.close(),
  };
}
