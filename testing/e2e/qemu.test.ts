import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { QemuDriver } from "../../provider/platforms/qemu/driver";
import { qemuSettings } from "../../provider/platforms/qemu/settings";
import { testCall } from "../contract/call";
import { Lab, qemuMissing, type Vm, type VmOptions } from "../qemu";
import { checkImage, snapshotsIn } from "../qemu/images";
import { type CliStack, type Declared, newStack } from "./stack";

const missing = qemuMissing();

describe("stacks on real VMs of QEMU", { skip: missing }, () => {
  const lab = missing === undefined ? Lab.open() : (undefined as never);
  after(() => lab?.close());
  let last = 0;

  function scenario(
    name: string,
    work: (stack: CliStack, vm: Vm) => Promise<void>,
    options: Partial<VmOptions> = {},
  ): void {
    it(name, async () => {
      const vm = await lab.startVm({ name: `vm-${++last}`, ...options });
      const stack = newStack({ platform: "qemu", directory: lab.directory, pollInterval: "10ms" }, { attached: true });
      try {
        await vm.counted(2);
        await work(stack, vm);
      } finally {
        stack.remove();
        await vm.kill();
      }
      for (const { file, format } of vm.disks) if (format === "qcow2") await checkImage(file);
    });
  }

  /** A second driver, for manual changes. */
  const byHand = () => new QemuDriver(qemuSettings.parse({ directory: lab.directory, pollInterval: "10ms" }));

  scenario("create, no change, edit in place, destroy", async (stack, vm) => {
    stack.declare(snapshot(vm, { name: "first", description: "why" }));
    assert.deepEqual((await succeed(stack.preview())).summary, { create: 1 });
    assert.deepEqual(await names(vm), []);
    assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
    const [taken] = await snapshotsIn(file(vm));
    assert.match(taken?.name ?? "", /^first \[snapstate:[a-z2-7]{26}\]$/);
    assert.equal(taken?.["vm-state-size"], 0);
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
    stack.declare(snapshot(vm, { name: "second", description: "why not" }));
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    assert.deepEqual((await snapshotsIn(file(vm)))[0]?.id, taken?.id);
    await succeed(stack.refresh());
    const { outputs } = (await stack.state()).one ?? {};
    assert.deepEqual([outputs?.name, outputs?.description], ["second", "why not"]);
    assert.deepEqual((await succeed(stack.destroy())).summary, { delete: 1 });
    assert.deepEqual(await names(vm), []);
  });

  scenario("a rename by somebody else is drift, and is put back in place", async (stack, vm) => {
    stack.declare(snapshot(vm, { name: "mine" }));
    await succeed(stack.up());
    const snapshotId = String((await stack.state()).one?.outputs.platformId);
    await byHand().editSnapshot("snapshot", { targetId: vm.uuid, snapshotId }, { name: "yours" }, testCall());
    await succeed(stack.refresh());
    assert.equal((await stack.state()).one?.outputs.name, "yours");
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    assert.equal((await stack.state()).one?.outputs.platformId, snapshotId);
  });

  scenario("removed by hand in QEMU's own monitor: taken again", async (stack, vm) => {
    stack.declare(snapshot(vm, { name: "one" }));
    await succeed(stack.up());
    await vm.look.monitor("savevm foreign");
    const [ours] = await names(vm);
    assert.equal(await vm.look.monitor(`delvm "${ours}"`), "");
    await succeed(stack.refresh());
    assert.deepEqual(await stack.state(), {});
    assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
    await succeed(stack.destroy());
    assert.deepEqual(await names(vm), ["foreign"]);
  });

  scenario("a trigger replaces: the new one is there before the old one goes", async (stack, vm) => {
    stack.declare(snapshot(vm, { name: "same", triggers: ["v1"] }));
    await succeed(stack.up());
    const [old] = await names(vm);
    stack.declare(snapshot(vm, { name: "same", triggers: ["v2"] }));
    assert.equal((await succeed(stack.up())).summary.replace, 1);
    const left = await names(vm);
    assert.equal(left.length, 1);
    assert.notEqual(left[0], old);
  });

  scenario("hold blocks a destroy until it is lifted, and retain leaves the snapshot", async (stack, vm) => {
    stack.declare(snapshot(vm, { hold: true }));
    await succeed(stack.up());
    const refused = await stack.destroy();
    assert.equal(refused.ok, false);
    assert.match([refused.error, ...refused.messages].join("\n"), /on hold/);
    assert.equal((await names(vm)).length, 1);
    stack.declare(snapshot(vm, { hold: false, onDestroy: "retain" }));
    await succeed(stack.up());
    await succeed(stack.destroy());
    assert.equal((await names(vm)).length, 1);
  });

  scenario("RAM and disk go back by a Restore, once, and what was lost is kept", async (stack, vm) => {
    const recoveryPoint: Declared = {
      kind: "RecoveryPoint",
      name: "one",
      args: { target: vm.name, consistency: "memory", name: "good" },
    };
    const restore = (triggers: string[]): Declared => ({
      kind: "Restore",
      name: "back",
      args: { target: vm.name, kind: "recovery-point", snapshot: "good", triggers, safetyMemory: true },
      dependsOn: ["one"],
    });
    stack.declare(recoveryPoint, restore([]));
    await succeed(stack.up());
    const then = (await vm.inRam()).sinceBoot;
    await vm.write(0, { at: 524_288, length: 512, value: 0x5a });
    await vm.counted(then + 60);
    const stops = vm.look.events.filter((event) => event === "STOP").length;
    stack.declare(recoveryPoint, restore(["ticket 1"]));
    await succeed(stack.up());
    assert.deepEqual((await vm.content()).subarray(524_288, 524_800), Buffer.alloc(512));
    assert.ok(vm.look.events.filter((event) => event === "STOP").length > stops);
    const { outputs } = (await stack.state()).back ?? {};
    assert.deepEqual([outputs?.runs, outputs?.powerAfter], [1, "on"]);
    await vm.write(0, { at: 524_288, length: 512, value: 0x5b });
    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { same: 2 });
    assert.deepEqual((await vm.content()).subarray(524_288, 524_800), Buffer.alloc(512, 0x5b));
    await succeed(stack.destroy());
    assert.match((await names(vm)).join(), /^before-restore-[^,]*$/);
  });

  scenario("a snapshot in a chain of three, removed in the middle: the tree closes", async (stack, vm) => {
    const three = ["a", "b", "c"].map((name, index, all) => ({
      ...snapshot(vm, { name }),
      name,
      dependsOn: index === 0 ? [] : [all[index - 1] as string],
    }));
    const [a, , c] = three as [Declared, Declared, Declared];
    stack.declare(...three);
    await succeed(stack.up());
    stack.declare(a, { ...c, dependsOn: [] });
    assert.deepEqual((await succeed(stack.up())).summary, { same: 2, delete: 1 });
    const { snapshots } = await byHand().inspect("snapshot", vm.uuid, testCall());
    assert.deepEqual(
      snapshots.map(({ name, depth, isCurrent }) => [name, depth, isCurrent]),
      [
        ["a", 1, false],
        ["c", 2, true],
      ],
    );
  });

  scenario("overlays are merged by a ConsolidationTask, and only then a snapshot is taken", async (stack, vm) => {
    const overlay = join(lab.disks, `${vm.name}-0.layer.qcow2`);
    await vm.overlay(0, overlay);
    await vm.write(0, { at: 524_288, length: 512, value: 0x77 });
    stack.declare(snapshot(vm));
    const refused = await stack.up();
    assert.match([refused.error, ...refused.messages].join("\n"), /internal snapshots and overlays are not mixed/);
    const task: Declared = { kind: "ConsolidationTask", name: "merge", args: { target: vm.name } };
    stack.declare(task, { ...snapshot(vm), dependsOn: ["merge"] });
    await succeed(stack.up());
    await vm.noteFiles();
    assert.equal(file(vm).includes("layer"), false);
    assert.equal((await names(vm)).length, 1);
    assert.deepEqual((await vm.content()).subarray(524_288, 524_800), Buffer.alloc(512, 0x77));
  });

  scenario("a VM that is powered off has its snapshot taken, edited and removed too", async (stack, vm) => {
    await byHand().findTarget("snapshot", { by: "name", value: vm.name }, testCall());
    await vm.powerOff();
    stack.declare(snapshot(vm, { name: "cold" }));
    await succeed(stack.up());
    stack.declare(snapshot(vm, { name: "colder" }));
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    assert.equal((await names(vm)).length, 1);
    await succeed(stack.destroy());
    assert.deepEqual(await names(vm), []);
  });
});

function snapshot(vm: Vm, args: Record<string, unknown> = {}): Declared {
  return { kind: "Snapshot", name: "one", args: { target: vm.name, ...args } };
}

async function succeed(run: ReturnType<CliStack["up"]>) {
  const outcome = await run;
  assert.ok(outcome.ok, `${outcome.error}\n${outcome.messages.join("\n")}`);
  return outcome;
}

function file(vm: Vm): string {
  return vm.disks[0]?.file ?? "";
}

async function names(vm: Vm): Promise<string[]> {
  return (await snapshotsIn(file(vm))).map(({ name }) => name);
}
