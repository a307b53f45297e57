import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { CloudStackBench, commandsOf } from "../../../testing/contract/cloudstack-driver";
import { failure } from "../../../testing/contract/failure";
import { testContext } from "../../../testing/memory-driver/context";
import { remove } from "../../../testing/simulators/cloudstack/commands/vm-snapshots";
import { checkTarget } from "../../resources/queries/check-target";
import type { SnapshotKind } from "../contract";
import { removeAllSnapshots } from "../remove-all";

const KINDS = ["snapshot", "recovery-point"] as const satisfies SnapshotKind[];
const bench = new CloudStackBench();
const { cloud, newVm, targetId, inspect, create } = bench;

describe("the CloudStack driver", () => {
  before(bench.start);
  after(bench.stop);

  it("says what the limits are", async () => {
    const vm = newVm();
    cloud.account.limits.snapshot = cloud.state.snapshots.filter(({ state }) => state !== "Destroyed").length;
    await failure(create("snapshot", vm.volume.id), "quota");
    cloud.account.limits.snapshot = undefined;
    assert.equal(bench.driver.maxSnapshots("recovery-point"), 10);
    assert.equal(bench.driver.maxSnapshots("snapshot"), undefined);
    cloud.state.settings.vmSnapshotMax = 1;
    await create("recovery-point", vm.id);
    await failure(create("recovery-point", vm.id), "quota");
    cloud.state.settings.vmSnapshotMax = 10;
    await failure(create("recovery-point", newVm().id, { memory: true }), "conflict");
    const detached = cloud.addVolume({ name: "never attached" });
    assert.equal((await inspect("snapshot", detached.id)).blockers[0]?.code, "target-state");
    await failure(create("snapshot", detached.id), "conflict");
    const name = "a".repeat(300);
    await failure(create("snapshot", vm.volume.id, { name }), "bad-input");
    await failure(create("recovery-point", vm.id, { name }), "bad-input");
  });

  it("knows what hides behind an internal error", async () => {
    const running = newVm({ powerState: "Running" });
    const release = cloud.hold("createVMSnapshot");
    const first = create("recovery-point", running.id, { memory: true });
    while ((await inspect("recovery-point", running.id)).runningTasks[0]?.operation !== "VM snapshot Creating");
    const busy = await failure(create("snapshot", running.volume.id), "busy");
    assert.match(busy.message, /Internal error.*is Creating/);
    release();
    await first;
    cloud.state.settings.kvmSnapshotEnabled = false;
    const other = newVm({ powerState: "Running" });
    const { blockers } = await bench.driver.inspect("snapshot", other.volume.id, testCall(), { readiness: true });
    assert.equal(blockers[0]?.code, "kvm-running");
    assert.match((await failure(create("snapshot", other.volume.id), "unsupported")).message, /kvm\.snapshot\.enabled/);
    cloud.state.settings.kvmSnapshotEnabled = true;
    cloud.state.settings.kvmVmStorageSnapshotEnabled = false;
    await failure(create("recovery-point", other.id), "unsupported");
    cloud.state.settings.kvmVmStorageSnapshotEnabled = true;
  });

  it("a check of a volume says that VM snapshots keep it from being resized; a create does not ask for that", async () => {
    const vm = newVm();
    await create("recovery-point", vm.id);
    const context = testContext(bench.driver);
    commandsOf(cloud);
    const { findings, resizeBlocked } = await checkTarget({ connection: "default", target: vm.volume.id }, context);
    assert.equal(resizeBlocked, true);
    assert.match(JSON.stringify(findings), /disks cannot be resized while it has snapshots/);
    assert.ok(commandsOf(cloud).includes("listVMSnapshot"));
    await bench.driver.inspect("snapshot", vm.volume.id, testCall(), { readiness: true });
    assert.ok(!commandsOf(cloud).includes("listVMSnapshot"));
  });

  it("says beforehand what a revert needs", async () => {
    const vm = newVm({ powerState: "Running" });
    const memory = await create("recovery-point", vm.id, { memory: true });
    // Of a running VM on KVM both kinds are not to be had.
    vm.row.state = "Stopped";
    const disks = await create("recovery-point", vm.id);
    vm.row.state = "Running";
    const volume = await create("snapshot", vm.volume.id);
    const revert = (kind: SnapshotKind, { snapshotId }: { snapshotId: string }) =>
      bench.driver.revertToSnapshot(
        kind,
        { targetId: targetId(kind, vm), snapshotId },
        { suppressPowerOn: false },
        testCall(),
      );
    commandsOf(cloud);
    assert.match((await failure(revert("recovery-point", disks), "conflict")).message, /stopped VM.*Stop/);
    assert.match((await failure(revert("snapshot", volume), "conflict")).message, /Stop the VM/);
    assert.ok(!commandsOf(cloud).some((command) => command.startsWith("revert")));
    await revert("recovery-point", memory);
    vm.row.state = "Stopped";
    assert.match((await failure(revert("recovery-point", memory), "conflict")).message, /running VM.*Start/);
    await revert("recovery-point", disks);
    // Only the server knows this one.
    assert.match((await failure(revert("snapshot", volume), "conflict")).message, /remove VM snapshots/i);
    await removeAllSnapshots(bench.driver, "recovery-point", vm.id, testCall());
    await revert("snapshot", volume);
    const other = newVm({ driver: "VMware" });
    const { snapshotId } = await create("snapshot", other.volume.id);
    const ref = { targetId: other.volume.id, snapshotId };
    await failure(bench.driver.revertToSnapshot("snapshot", ref, { suppressPowerOn: false }, testCall()), "conflict");
  });

  it("shows a snapshot that failed, or is stuck, as one that cannot be used", async () => {
    const vm = newVm();
    cloud.failNext("createVMSnapshot");
    await failure(create("recovery-point", vm.id), "task-failed");
    const [failed] = (await inspect("recovery-point", vm.id)).snapshots;
    assert.equal(failed?.failed, "Error");
    cloud.failNext("deleteVMSnapshot");
    const ref = { targetId: vm.id, snapshotId: failed?.id ?? "" };
    const remove = () =>
      bench.driver.removeSnapshot("recovery-point", ref, { removeChildren: false, consolidate: true }, testCall());
    await failure(remove(), "task-failed");
    const stuck = await inspect("recovery-point", vm.id);
    assert.deepEqual([stuck.snapshots[0]?.failed, stuck.runningTasks.length], ["Expunging", 1]);
    await remove();
    assert.deepEqual((await inspect("recovery-point", vm.id)).snapshots, []);
  });

  it("says that a snapshot is gone which another job removed while its own waited", async () => {
    const vm = newVm();
    const { snapshotId } = await create("recovery-point", vm.id);
    const release = cloud.hold("deleteVMSnapshot", "queued");
    const done = cloud.state.jobs.filter(() => true).length;
    const ref = { targetId: vm.id, snapshotId };
    const removing = bench.driver.removeSnapshot(
      "recovery-point",
      ref,
      { removeChildren: false, consolidate: true },
      testCall(),
    );
    while (cloud.state.jobs.filter(() => true).length === done) await new Promise((next) => setTimeout(next, 2));
    const row = cloud.state.vmSnapshots.find(snapshotId);
    assert.ok(row);
    remove(cloud.state, row);
    release();
    await failure(removing, "not-found");
    assert.deepEqual((await inspect("recovery-point", vm.id)).snapshots, []);
  });

  it("keeps a long description, and one that is changed", async () => {
    const vm = newVm();
    const long = `${"line of words\n".repeat(60)}😀`;
    for (const kind of KINDS) {
      const { snapshotId } = await create(kind, targetId(kind, vm), { description: long });
      const text = async () => (await inspect(kind, targetId(kind, vm))).snapshots[0]?.description;
      assert.equal(await text(), long);
      const ref = { targetId: targetId(kind, vm), snapshotId };
      await bench.driver.editSnapshot(kind, ref, { text: { description: "short" } }, testCall());
      assert.equal(await text(), "short");
    }
  });

  it("keeps the former description when an edit fails, whatever part of it fails", async () => {
    const vm = newVm();
    for (const kind of KINDS) {
      const { snapshotId } = await create(kind, targetId(kind, vm), { description: "first 😀" });
      const text = async () => (await inspect(kind, targetId(kind, vm))).snapshots[0]?.description;
      const ref = { targetId: targetId(kind, vm), snapshotId };
      const edit = (description: string, call = testCall()) =>
        bench.driver.editSnapshot(kind, ref, { text: { description } }, call);
      await edit("second 🎉");
      assert.equal(await text(), "second 🎉");
      cloud.failNext("createTags");
      await failure(edit("third"), "task-failed");
      assert.equal(await text(), "second 🎉");
      cloud.failNext("deleteTags");
      const call = testCall();
      await edit("fourth", call);
      assert.match(call.reports.map(({ message }) => message).join(), /former description remain/);
      assert.equal(await text(), "fourth");
      await edit("fifth \\u{1f600}");
      assert.equal(await text(), "fifth \\u{1f600}");
      const [row] = (kind === "snapshot" ? cloud.state.snapshots : cloud.state.vmSnapshots).filter(
        ({ id }) => id === snapshotId,
      );
      assert.equal(row?.tags.length, 1, "those of former edits are gone");
    }
  });

  it("foresees which kind of recovery point a running VM on KVM can have beside those it has", async () => {
    const vm = newVm({ powerState: "Running" });
    await create("recovery-point", vm.id, { memory: true });
    const { blockers } = await bench.driver.inspect("recovery-point", vm.id, testCall(), { readiness: true });
    assert.deepEqual(
      blockers.map(({ code, blocks }) => [code, blocks]),
      [["memory-snapshots-only", "disks"]],
    );
    assert.match(
      (await failure(create("recovery-point", vm.id), "conflict")).message,
      /No strategy.*memory or of disks/,
    );
    await create("recovery-point", vm.id, { memory: true });
  });

  it("does not show a deleted snapshot that KVM keeps hidden for those above it", async () => {
    const vm = newVm();
    const { snapshotId } = await create("recovery-point", vm.id);
    await create("recovery-point", vm.id);
    const row = cloud.state.vmSnapshots.find(snapshotId);
    assert.ok(row);
    row.state = "Hidden";
    const { snapshots } = await inspect("recovery-point", vm.id);
    assert.deepEqual(
      snapshots.map(({ parentId, depth }) => [parentId, depth]),
      [[undefined, 1]],
    );
  });

  it("reads many targets by the page, and a few each by itself", async () => {
    const vms = Array.from({ length: 60 }, () => newVm());
    await bench.driver.installation(testCall());
    commandsOf(cloud);
    for (const kind of KINDS) {
      await Promise.all(vms.map((vm) => inspect(kind, targetId(kind, vm))));
      assert.equal(commandsOf(cloud).length, 2);
      for (const vm of vms) await bench.driver.inspect(kind, targetId(kind, vm), testCall(), { freshness: "recent" });
      assert.equal(commandsOf(cloud).length, 0);
      await Promise.all(vms.slice(0, 2).map((vm) => inspect(kind, targetId(kind, vm))));
      assert.equal(commandsOf(cloud).length, 4);
    }
  });

  it("refuses to consolidate, with what to do instead", async () => {
    assert.equal("consolidation" in bench.driver, false);
    const support = bench.driver.supports("recovery-point", "consolidate");
    const words = support.supported ? "" : `${support.reason}. ${support.remedy}`;
    assert.match(words, /merges a VM snapshot's disks when it deletes it.*Expunging/);
  });
});
