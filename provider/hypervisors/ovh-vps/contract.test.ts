import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { OvhVpsSimulator } from "../../../testing/simulators/ovh-vps";
import { testDriver } from "./test-driver";

for (const [how, connection] of [
  ["signed", "connection"],
  ["with a service account", "serviceAccount"],
] as const) {
  describeHypervisorContract(`OVHcloud VPS, ${how},`, async () => {
    const simulator = new OvhVpsSimulator();
    await simulator.listen();
    const hypervisor = testDriver(simulator[connection]);
    const { account, tasks } = simulator;
    let count = 0;
    const add = (displayName: string) => ({ id: account.add({ displayName }).serviceName, name: displayName });
    return {
      hypervisor,
      newTarget: async () => add(`web-${++count}`),
      twin: async ({ name }) => void add(name),
      removeTarget: async ({ id }) => void account.vps.delete(id),
      count: async ({ id }) => (account.vps.get(id)?.snapshot === undefined ? 0 : 1),
      taskTime: async (milliseconds) => {
        tasks.times.task = milliseconds;
      },
      loseNextReply: async () =>
        simulator.inject({ kind: "reset-after", match: ({ path }) => path.endsWith("/createSnapshot") }),
      stop: () => simulator.close(),
    };
  });
}
