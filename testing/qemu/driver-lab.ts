import assert from "node:assert/strict";
import type { CreateSpec, Snapshot, TargetState } from "../../provider/platforms/contract";
import { QemuDriver } from "../../provider/platforms/qemu/driver";
import { qemuSettings } from "../../provider/platforms/qemu/settings";
import { testCall } from "../contract/call";
import { Lab } from "./lab";
import type { Vm } from "./vm";

/** A lab with a driver whose connection uses its folder. */
export class DriverLab {
  readonly driver: QemuDriver;

  private constructor(
    readonly lab: Lab,
    settings: object,
  ) {
    const whole = { directory: lab.directory, pollInterval: "5ms", ...settings };
    this.driver = new QemuDriver(qemuSettings.parse(whole));
  }

  /** @param settings settings of the connection besides its folder */
  static open(settings: object = {}): DriverLab {
    return new DriverLab(Lab.open(), settings);
  }

  /** Another driver for the same VMs. */
  static over(lab: Lab, settings: object): DriverLab {
    return new DriverLab(lab, settings);
  }

  startVm: Lab["startVm"] = async (options) => {
    const vm = await this.lab.startVm(options);
    // The connection must know the VM before it is powered off.
    await this.driver.findTarget("snapshot", { by: "id", value: vm.uuid }, testCall());
    return vm;
  };

  /** @returns the snapshot's id */
  async take(vm: Vm, name: string, spec: Partial<CreateSpec> = {}): Promise<string> {
    const whole = { name, description: "", memory: true, ...spec };
    return (await this.driver.createSnapshot("snapshot", vm.uuid, whole, testCall())).snapshotId;
  }

  async revert(vm: Vm, snapshotId: string): Promise<void> {
    const ref = { targetId: vm.uuid, snapshotId };
    await this.driver.revertToSnapshot("snapshot", ref, { suppressPowerOn: false }, testCall());
  }

  async remove(vm: Vm, snapshotId: string, removeChildren = false): Promise<void> {
    const options = { removeChildren, consolidate: true };
    await this.driver.removeSnapshot("snapshot", { targetId: vm.uuid, snapshotId }, options, testCall());
  }

  observe(vm: Vm): Promise<TargetState> {
    return this.driver.inspect("snapshot", vm.uuid, testCall(), { readiness: true });
  }

  async snapshots(vm: Vm): Promise<Snapshot[]> {
    return (await this.observe(vm)).snapshots;
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}

/** A running guest continues to count. */
export async function assertCounts(vm: Vm): Promise<void> {
  const { sinceBoot } = await vm.inRam();
  assert.ok((await vm.counted(sinceBoot + 1)).sinceBoot > sinceBoot);
}
