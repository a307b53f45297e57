import assert from "node:assert/strict";
import type { CreateSpec, Point, TargetState } from "../../provider/hypervisors/contract";
import { QemuHypervisor } from "../../provider/hypervisors/qemu/driver";
import { qemuSettings } from "../../provider/hypervisors/qemu/settings";
import { testCall } from "../contract/call";
import { Lab } from "./lab";
import type { Vm } from "./vm";

/** A lab together with a driver whose connection is its folder. */
export class DriverLab {
  readonly hypervisor: QemuHypervisor;

  private constructor(
    readonly lab: Lab,
    settings: object,
  ) {
    const whole = { directory: lab.directory, pollMilliseconds: 5, ...settings };
    this.hypervisor = new QemuHypervisor(qemuSettings.parse(whole));
  }

  /** @param settings of the connection, besides its folder */
  static open(settings: object = {}): DriverLab {
    return new DriverLab(Lab.open(), settings);
  }

  /** Another driver on the same VMs. */
  static over(lab: Lab, settings: object): DriverLab {
    return new DriverLab(lab, settings);
  }

  startVm: Lab["startVm"] = async (options) => {
    const vm = await this.lab.startVm(options);
    // So that the connection remembers the VM when it is powered off.
    await this.hypervisor.findTarget("snapshot", { by: "id", value: vm.uuid }, testCall());
    return vm;
  };

  /** @returns the point's id */
  async take(vm: Vm, name: string, spec: Partial<CreateSpec> = {}): Promise<string> {
    const whole = { name, description: "", memory: true, ...spec };
    return (await this.hypervisor.createPoint("snapshot", vm.uuid, whole, testCall())).pointId;
  }

  async revert(vm: Vm, pointId: string): Promise<void> {
    const ref = { targetId: vm.uuid, pointId };
    await this.hypervisor.revertToPoint("snapshot", ref, { suppressPowerOn: false }, testCall());
  }

  async remove(vm: Vm, pointId: string, removeChildren = false): Promise<void> {
    const options = { removeChildren, consolidate: true };
    await this.hypervisor.removePoint("snapshot", { targetId: vm.uuid, pointId }, options, testCall());
  }

  look(vm: Vm): Promise<TargetState> {
    return this.hypervisor.inspect("snapshot", vm.uuid, testCall(), { readiness: true });
  }

  async points(vm: Vm): Promise<Point[]> {
    return (await this.look(vm)).points;
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}

/** A guest that runs counts on. */
export async function assertCounts(vm: Vm): Promise<void> {
  const { sinceBoot } = await vm.inRam();
  assert.ok((await vm.counted(sinceBoot + 1)).sinceBoot > sinceBoot);
}
