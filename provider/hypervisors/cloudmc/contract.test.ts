import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { CloudmcSimulator } from "../../../testing/simulators/cloudmc";
import { CloudmcHypervisor } from "./driver";
import { cloudmcSettings } from "./settings";

for (const kind of ["snapshot", "recovery-point"] as const) {
  describeHypervisorContract(`CloudMC, ${kind}s,`, async () => {
    const simulator = new CloudmcSimulator();
    await simulator.listen();
    const { platform: _, ...settings } = simulator.connection;
    const hypervisor = new CloudmcHypervisor(cloudmcSettings.parse({ ...settings, pollSeconds: 0.01 }));
    const { state } = simulator;
    const volume = kind === "snapshot";
    let count = 0;
    return {
      hypervisor,
      kind,
      hidesTaskIds: true,
      newTarget: async () =>
        volume ? state.addVolume(`disk-${++count}`, "DATA") : state.addInstance(`web-${++count}`),
      twin: async ({ name }) => void (volume ? state.addVolume(name, "DATA") : state.addInstance(name)),
      removeTarget: async ({ id }) => void (volume ? state.volumes : state.instances).delete(id),
      count: async ({ id }) => (volume ? state.snapshotsOf(id) : state.pointsOf(id)).length,
      taskTime: async (milliseconds) => simulator.tasks.setTime(milliseconds),
      loseNextReply: async () => simulator.inject({ kind: "reset-after", match: ({ method }) => method === "POST" }),
      beforeRevert: async ({ id }) => {
        const instance = state.instances.get(id);
        if (instance) instance.state = "Stopped";
      },
      stop: () => simulator.close(),
    };
  });
}
