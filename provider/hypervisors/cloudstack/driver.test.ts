import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { cloudstackDriver, commandsOf } from "../../../testing/contract/cloudstack-driver";
import { failure } from "../../../testing/contract/hypervisor-contract";
import { CloudStackSimulator } from "../../../testing/simulators/cloudstack";
import { remove } from "../../../testing/simulators/cloudstack/commands/vm-snapshots";
import type { VolumeRow } from "../../../testing/simulators/cloudstack/records";
import type { PointKind, TargetSelector } from "../contract";
import type { CloudStackHypervisor } from "./driver";

const KINDS = ["snapshot", "recovery-point"] as const satisfies PointKind[];
const SPEC = { name: "one", description: "", memory: false };

describe("the CloudStack driver", () => {
  const cloud = new CloudStackSimulator({ jobTime: 10 });
  let driver: CloudStackHypervisor;
  let count = 0;
  const others: CloudStackHypervisor[] = [];

  const connect = (settings: Record<string, unknown>) => {
    const other = cloudstackDriver(cloud, settings);
    others.push(other);
    return other;
  };
  const newVm = (vm: Partial<Parameters<CloudStackSimulator["addVm"]>[0]> = {}) => {
    const row = cloud.addVm({ name: `vm-${++count}`, powerState: "Stopped", ...vm });
    return { row, id: row.id, name: row.name, volume: cloud.volumesOf(row)[0] as VolumeRow };
  };
  const targetId = (kind: PointKind, vm: ReturnType<typeof newVm>) => (kind === "snapshot" ? vm.volume.id : vm.id);
  const find = (kind: PointKind, value: string, by: TargetSelector["by"] = "any", from = driver) =>
    from.findTarget(kind, { by, value }, testCall());
  const inspect = (kind: PointKind, id: string, from = driver) => from.inspect(kind, id, testCall());
  const create = (kind: PointKind, id: string, change: Partial<typeof SPEC> = {}, from = driver) =>
    from.createPoint(kind, id, { ...SPEC, ...change }, testCall());

  before(async () => {
    await cloud.listen();
    cloud.addProject({ name: "p1" });
    driver = connect({});
  });
  after(async () => {
    for (const other of others) await other.close();
    await cloud.close();
  });

  it("finds volumes by VM and disk, by name and by the VM's only disk", async () => {
    const { id, name, volume, row } = newVm({ disks: [{ name: "data" }] });
    const data = cloud.volumesOf(row)[1];
    assert.equal((await find("snapshot", `${name}/ROOT`)).id, volume.id);
    assert.deepEqual(await find("snapshot", `${id}/data`), { id: data?.id, name: "data", path: `${name}/data` });
    assert.equal((await find("snapshot", volume.name)).id, volume.id);
    assert.equal((await find("snapshot", `${name}/ROOT`, "path")).id, volume.id);
    await failure(find("snapshot", `${name}/root`), "not-found");
    const error = await failure(find("snapshot", name), "ambiguous");
    assert.match(error.message, new RegExp(`${name}/ROOT .* and |${name}/data`));
    assert.equal((await find("snapshot", newVm().name)).name.startsWith("ROOT-"), true);
    await failure(find("snapshot", id, "instance-uuid"), "bad-input");
    await failure(find("recovery-point", id, "bios-uuid"), "bad-input");
  });

  it("lists two volumes of one name with where they are", async () => {
    const a = newVm({ disks: [{ name: "logs" }] });
    const b = newVm({ disks: [{ name: "logs" }] });
    const error = await failure(find("snapshot", "logs"), "ambiguous");
    for (const { name } of [a, b]) assert.ok(error.message.includes(`${name}/logs (`), error.message);
  });

  for (const kind of KINDS) {
    it(`never takes what a project owns for gone (${kind})`, async () => {
      const vm = newVm({ project: "p1" });
      const id = targetId(kind, vm);
      for (const work of [() => inspect(kind, id), () => find(kind, id)]) {
        const error = await failure(work(), "conflict");
        assert.match(error.message, /belongs to the project p1.*Set `project`/);
      }
      const within = connect({ project: "p1" });
      const { pointId } = await create(kind, id, {}, within);
      assert.equal((await inspect(kind, id, within)).points[0]?.id, pointId);
      assert.equal((await find(kind, id, "id", within)).id, id);
      assert.notEqual(await within.installation(testCall()), await driver.installation(testCall()));
      const own = newVm();
      await failure(inspect(kind, targetId(kind, own), within), "conflict");
      await within.removePoint(
        kind,
        { targetId: id, pointId },
        { removeChildren: false, consolidate: true },
        testCall(),
      );
      assert.deepEqual((await inspect(kind, id, within)).points, []);
    });

    it(`says who owns it when it is another account's, and that other keys are another installation (${kind})`, async () => {
      const bob = cloud.addAccount({ name: `bob-${kind}` });
      const vm = newVm({ account: bob.name });
      const theirs = connect({ apiKey: bob.apiKey, secretKey: bob.secretKey });
      assert.equal((await inspect(kind, targetId(kind, vm), theirs)).points.length, 0);
      assert.notEqual(await theirs.installation(testCall()), await driver.installation(testCall()));
      await failure(create(kind, targetId(kind, vm)), "permission");
    });
  }

  it("names the projects and zones that there are", async () => {
    const wrong = await failure(connect({ project: "p2" }).installation(testCall()), "bad-input");
    assert.match(wrong.message, /no project is called "p2".*p1 \(/);
    await failure(connect({ zone: "z9" }).listTargets("snapshot", testCall()), "bad-input");
    assert.ok((await connect({ zone: "z1" }).listTargets("snapshot", testCall())).length > 0);
    await failure(connect({ account: "x" }).installation(testCall()), "bad-input");
  });

  it("does not take things for gone when the project itself is", async () => {
    cloud.addProject({ name: "p3" });
    const within = connect({ project: "p3" });
    await within.installation(testCall());
    const { id: projectId } = [...cloud.state.projects].find(({ name }) => name === "p3") ?? { id: "" };
    cloud.state.projects.purge(projectId);
    await failure(inspect("snapshot", newVm().volume.id, within), "bad-input");
  });

  it("still tells of snapshots whose volume was removed, and removes them", async () => {
    const { volume } = newVm();
    const { pointId } = await create("snapshot", volume.id);
    volume.removed = true;
    const { points, blockers, target } = await inspect("snapshot", volume.id);
    assert.deepEqual([points[0]?.id, blockers[0]?.code, target.name], [pointId, "target-removed", volume.name]);
    const ref = { targetId: volume.id, pointId };
    await driver.removePoint("snapshot", ref, { removeChildren: false, consolidate: true }, testCall());
    await failure(inspect("snapshot", volume.id), "not-found");
  });

  it("says what the limits are", async () => {
    const vm = newVm();
    cloud.account.limits.snapshot = cloud.state.snapshots.filter(({ state }) => state !== "Destroyed").length;
    await failure(create("snapshot", vm.volume.id), "quota");
    cloud.account.limits.snapshot = undefined;
    assert.equal(driver.maxPoints("recovery-point"), 10);
    assert.equal(driver.maxPoints("snapshot"), undefined);
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
    const { blockers } = await driver.inspect("snapshot", other.volume.id, testCall(), { readiness: true });
    assert.equal(blockers[0]?.code, "kvm-running");
    assert.match((await failure(create("snapshot", other.volume.id), "unsupported")).message, /kvm\.snapshot\.enabled/);
    cloud.state.settings.kvmSnapshotEnabled = true;
    cloud.state.settings.kvmVmStorageSnapshotEnabled = false;
    await failure(create("recovery-point", other.id), "unsupported");
    cloud.state.settings.kvmVmStorageSnapshotEnabled = true;
  });

  it("says beforehand what a revert needs", async () => {
    const vm = newVm({ powerState: "Running" });
    const memory = await create("recovery-point", vm.id, { memory: true });
    // Of a running VM on KVM both kinds are not to be had.
    vm.row.state = "Stopped";
    const disks = await create("recovery-point", vm.id);
    vm.row.state = "Running";
    const volume = await create("snapshot", vm.volume.id);
    const revert = (kind: PointKind, { pointId }: { pointId: string }) =>
      driver.revertToPoint(kind, { targetId: targetId(kind, vm), pointId }, { suppressPowerOn: false }, testCall());
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
    await driver.removeAllPoints("recovery-point", vm.id, testCall());
    await revert("snapshot", volume);
    const other = newVm({ hypervisor: "VMware" });
    const { pointId } = await create("snapshot", other.volume.id);
    const ref = { targetId: other.volume.id, pointId };
    await failure(driver.revertToPoint("snapshot", ref, { suppressPowerOn: false }, testCall()), "conflict");
  });

  it("shows a snapshot that failed, or is stuck, as one that cannot be used", async () => {
    const vm = newVm();
    cloud.failNext("createVMSnapshot");
    await failure(create("recovery-point", vm.id), "task-failed");
    const [failed] = (await inspect("recovery-point", vm.id)).points;
    assert.equal(failed?.failed, "Error");
    cloud.failNext("deleteVMSnapshot");
    const ref = { targetId: vm.id, pointId: failed?.id ?? "" };
    const remove = () =>
      driver.removePoint("recovery-point", ref, { removeChildren: false, consolidate: true }, testCall());
    await failure(remove(), "task-failed");
    const stuck = await inspect("recovery-point", vm.id);
    assert.deepEqual([stuck.points[0]?.failed, stuck.runningTasks.length], ["Expunging", 1]);
    await remove();
    assert.deepEqual((await inspect("recovery-point", vm.id)).points, []);
  });

  it("says that a point is gone which another job removed while its own waited", async () => {
    const vm = newVm();
    const { pointId } = await create("recovery-point", vm.id);
    const release = cloud.hold("deleteVMSnapshot", "queued");
    const done = cloud.state.jobs.filter(() => true).length;
    const ref = { targetId: vm.id, pointId };
    const removing = driver.removePoint(
      "recovery-point",
      ref,
      { removeChildren: false, consolidate: true },
      testCall(),
    );
    while (cloud.state.jobs.filter(() => true).length === done) await new Promise((next) => setTimeout(next, 2));
    const row = cloud.state.vmSnapshots.find(pointId);
    assert.ok(row);
    remove(cloud.state, row);
    release();
    await failure(removing, "not-found");
    assert.deepEqual((await inspect("recovery-point", vm.id)).points, []);
  });

  it("keeps a long description, and one that is changed", async () => {
    const vm = newVm();
    const long = `${"line of words\n".repeat(60)}😀`;
    for (const kind of KINDS) {
      const { pointId } = await create(kind, targetId(kind, vm), { description: long });
      const text = async () => (await inspect(kind, targetId(kind, vm))).points[0]?.description;
      assert.equal(await text(), long);
      const ref = { targetId: targetId(kind, vm), pointId };
      await driver.editPoint(kind, ref, { text: { description: "short" } }, testCall());
      assert.equal(await text(), "short");
    }
  });

  it("keeps the former description when an edit fails, whatever part of it fails", async () => {
    const vm = newVm();
    for (const kind of KINDS) {
      const { pointId } = await create(kind, targetId(kind, vm), { description: "first 😀" });
      const text = async () => (await inspect(kind, targetId(kind, vm))).points[0]?.description;
      const ref = { targetId: targetId(kind, vm), pointId };
      const edit = (description: string, call = testCall()) =>
        driver.editPoint(kind, ref, { text: { description } }, call);
      await edit("second 🎉");
      assert.equal(await text(), "second 🎉");
      cloud.failNext("createTags");
      await failure(edit("third"), "task-failed");
      assert.equal(await text(), "second 🎉");
      cloud.failNext("deleteTags");
      const call = testCall();
      await edit("fourth", call);
      assert.match(call.reports.map(({ message }) => message).join(), /former description stay/);
      assert.equal(await text(), "fourth");
      await edit("fifth \\u{1f600}");
      assert.equal(await text(), "fifth \\u{1f600}");
      const [row] = (kind === "snapshot" ? cloud.state.snapshots : cloud.state.vmSnapshots).filter(
        ({ id }) => id === pointId,
      );
      assert.equal(row?.tags.length, 1, "those of former edits are gone");
    }
  });

  it("foresees which kind of recovery point a running VM on KVM can have beside those it has", async () => {
    const vm = newVm({ powerState: "Running" });
    await create("recovery-point", vm.id, { memory: true });
    const { blockers } = await driver.inspect("recovery-point", vm.id, testCall(), { readiness: true });
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

  it("does not show a deleted point that KVM keeps hidden for those above it", async () => {
    const vm = newVm();
    const { pointId } = await create("recovery-point", vm.id);
    await create("recovery-point", vm.id);
    const row = cloud.state.vmSnapshots.find(pointId);
    assert.ok(row);
    row.state = "Hidden";
    const { points } = await inspect("recovery-point", vm.id);
    assert.deepEqual(
      points.map(({ parentId, depth }) => [parentId, depth]),
      [[undefined, 1]],
    );
  });

  it("reads many targets by the page, and a few each by itself", async () => {
    const vms = Array.from({ length: 60 }, () => newVm());
    await driver.installation(testCall());
    commandsOf(cloud);
    for (const kind of KINDS) {
      await Promise.all(vms.map((vm) => inspect(kind, targetId(kind, vm))));
      assert.equal(commandsOf(cloud).length, 2);
      for (const vm of vms) await driver.inspect(kind, targetId(kind, vm), testCall(), { freshness: "recent" });
      assert.equal(commandsOf(cloud).length, 0);
      await Promise.all(vms.slice(0, 2).map((vm) => inspect(kind, targetId(kind, vm))));
      assert.equal(commandsOf(cloud).length, 4);
    }
  });

  it("refuses to consolidate, with what to do instead", async () => {
    assert.equal("consolidation" in driver, false);
    const support = driver.supports("recovery-point", "consolidate");
    const words = support.supported ? "" : `${support.because}. ${support.instead}`;
    assert.match(words, /merges a VM snapshot's disks when it deletes it.*Expunging/);
  });
});
