import { sleep } from "../../provider/core/operation";
import { encodeText } from "../../provider/platforms/ownership";
import { MemoryDriver } from "../memory-driver/memory-driver";
import { testCall } from "./call";
import { describeDriverContract } from "./driver-contract";

describeDriverContract("the hypervisor in memory", async () => {
  const driver = new MemoryDriver();
  let count = 0;
  const add = (name: string) => driver.addVm(`vm-${++count}`, name).target;
  return {
    driver,
    kind: "snapshot",
    newTarget: async () => add(`name-${count + 1}`),
    twin: async ({ name }) => void add(name),
    removeTarget: async ({ id }) => driver.removeVm(id),
    snapshots: async ({ id }) =>
      (await driver.inspect("snapshot", id, testCall())).snapshots.map((snapshot) => ({
        id: snapshot.id,
        text: encodeText(snapshot),
      })),
    taskTime: async (milliseconds) => {
      driver.taskEnd = () => sleep(milliseconds);
    },
    loseNextReply: async () => void driver.faults.push({ method: "createSnapshot", kind: "lost-reply", when: "after" }),
    close: async () => {},
  };
});
