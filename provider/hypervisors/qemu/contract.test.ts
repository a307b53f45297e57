import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import type { ContractPlatform, ContractTarget } from "../../../testing/contract/platform";
import { Lab, qemuMissing, type Vm } from "../../../testing/qemu";
import { snapshotsIn } from "../../../testing/qemu/images";
import { QmpProxy } from "../../../testing/qemu/qmp-proxy";
import { QemuHypervisor } from "./driver";
import { qemuSettings } from "./settings";

/** Rules about what QEMU does not have, and where what it has instead is tested. */
const LEFT_OUT = [
  // Without memory a snapshot is one command and no task; saves.test.ts has the same for saves of the memory.
  "stops waiting when cancelled, with the task's id, and settles later",
  "stops waiting at the deadline, with the task's id",
  // A removal leaves no disks behind; consolidation.test.ts merges overlays that others left.
  "keeps disks when told to, and consolidates them",
];

describeHypervisorContract("QEMU with real VMs", setup, LEFT_OUT);

async function setup(): Promise<ContractPlatform | string> {
  const missing = qemuMissing();
  if (missing !== undefined) return missing;
  const lab = Lab.open();
  const directory = join(lab.disks, "proxied");
  mkdirSync(directory);
  const vms = new Map<string, { vm: Vm; proxy: QmpProxy }>();
  let last = 0;
  const add = async (name: string): Promise<ContractTarget> => {
    const vm = await lab.startVm({ name, files: `vm-${++last}` });
    vms.set(vm.uuid, { vm, proxy: await QmpProxy.listen(directory, vm) });
    return { id: vm.uuid, name };
  };
  const of = ({ id }: ContractTarget) => vms.get(id) as { vm: Vm; proxy: QmpProxy };
  return {
    hypervisor: new QemuHypervisor(qemuSettings.parse({ directory, pollMilliseconds: 5 })),
    newTarget: () => add(`name-${last + 1}`),
    twin: async ({ name }) => void (await add(name)),
    removeTarget: async (target) => {
      const { vm, proxy } = of(target);
      await vm.kill();
      proxy.close();
      for (const { file } of vm.disks) rmSync(file);
    },
    beforeRevert: async (target) => {
      await of(target).vm.powerOff();
      of(target).proxy.close();
    },
    count: async (target) => (await snapshotsIn(of(target).vm.disks[0]?.file as string)).length,
    taskTime: async () => {},
    loseNextReply: async () => {
      for (const { proxy } of vms.values()) proxy.loseReplyTo("transaction");
    },
    stop: () => lab.close(),
  };
}
