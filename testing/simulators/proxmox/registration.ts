import type { Offer } from "../simulator-registry";
import { fakepvePython } from "./fakepve";
import { connectionTo, ProxmoxSimulator } from "./simulator";

/** A cluster with a virtual machine and a container, on storage with snapshots. */
export const offerProxmox: Offer = async (port) => {
  const simulator = await ProxmoxSimulator.start(await fakepvePython(), { port });
  await simulator.fake.do("taskTime", { seconds: 1 });
  const web = await simulator.add("qemu", "web");
  const db = await simulator.add("lxc", "db");
  return {
    connection: connectionTo(simulator),
    contents: [`virtual machine web (${web})`, `container db (${db})`],
    close: () => simulator.close(),
  };
};
