import { pointId } from "../../../provider/hypervisors/ovh-vps/points";
import { OvhVpsSimulator } from "../../simulators/ovh-vps";
import { underWay } from "../../simulators/ovh-vps/tasks";
import type { ProofPlatform, ProofTarget } from "../platform";

/** OVHcloud VPS: room for one snapshot each. */
export async function ovhVps(): Promise<ProofPlatform & { simulator: OvhVpsSimulator }> {
  const simulator = new OvhVpsSimulator({ taskTime: 15 });
  await simulator.listen();
  const { account } = simulator;
  const vpsOf = ({ id }: ProofTarget) => {
    const vps = account.vps.get(id);
    if (vps === undefined) throw new Error(`there is no VPS ${id}`);
    return vps;
  };
  return {
    name: "ovh-vps",
    kind: "snapshot",
    simulator,
    connection: { ...simulator.connection, pollSeconds: 0.01 },
    secrets: [simulator.connection.applicationSecret, simulator.connection.consumerKey],
    edits: true,
    reverts: true,
    single: true,
    newTarget: async () => {
      const { serviceName } = account.add();
      return { id: serviceName, name: serviceName };
    },
    takeForeign: async (target) => pointId(account.replaceByHand(vpsOf(target), "by hand")),
    points: async (target) => {
      const { snapshot } = vpsOf(target);
      return snapshot ? [{ id: pointId(snapshot), text: snapshot.description }] : [];
    },
    idle: async (target) => {
      while (underWay(vpsOf(target)).length > 0) await new Promise((next) => setTimeout(next, 10));
    },
    leftovers: async (target) => {
      const { state } = vpsOf(target);
      return state === "running" ? [] : [`the VPS is ${state}`];
    },
    close: () => simulator.close(),
  };
}
