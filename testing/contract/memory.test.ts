import { encodeText } from "../../provider/hypervisors/ownership";
import { MemoryHypervisor } from "../memory-hypervisor/memory-hypervisor";
import { testCall } from "./call";
import { describeHypervisorContract } from "./hypervisor-contract";

describeHypervisorContract("the hypervisor in memory", async () => {
  const hypervisor = new MemoryHypervisor();
  let count = 0;
  const add = (name: string) => hypervisor.addVm(`vm-${++count}`, name).target;
  return {
    hypervisor,
    kind: "snapshot",
    newTarget: async () => add(`name-${count + 1}`),
    twin: async ({ name }) => void add(name),
    removeTarget: async ({ id }) => hypervisor.removeVm(id),
    points: async ({ id }) =>
      (await hypervisor.inspect("snapshot", id, testCall())).points.map((point) => ({
        id: point.id,
        text: encodeText(point),
      })),
    taskTime: async (milliseconds) => {
      hypervisor.taskTime = milliseconds;
    },
    loseNextReply: async () =>
      void hypervisor.faults.push({ method: "createPoint", kind: "lost-reply", when: "after" }),
    close: async () => {},
  };
});
