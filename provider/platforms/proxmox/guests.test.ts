import assert from "node:assert/strict";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { testContext } from "../../../testing/memory-driver/context";
import { until } from "../../../testing/platforms/harness";
import type { SimulatedRequest } from "../../../testing/simulators/http-simulator";
import { describeDriver, KIND, vmidOf } from "../../../testing/simulators/proxmox/describe-driver";
import { recoveryPoint } from "../../resources/snapshot";

const AGENT = { agent: "enabled=1" };
const owner = (name: string) => `urn:pulumi:dev::app::snapstate:index:Snapshot::${name}`;

describeDriver("guests of Proxmox VE", (rule, { driver, inspect, create, remove }) => {
  rule(
    "names the command for a lock that a killed task has left, and sends nothing",
    async ({ simulator, newTarget }) => {
      const target = await newTarget();
      const vmid = vmidOf(target.id);
      const snaptime = Math.floor(Date.now() / 1000) - 3600;
      const half = { snapstate: "prepare", snaptime };
      await simulator.fake.do("change", { vmid, lock: "snapshot", snapshots: { half } });
      const { snapshots, blockers, runningTasks } = await inspect(target.id);
      assert.deepEqual([snapshots[0]?.failed, snapshots[0]?.abandoned, runningTasks], ["prepare", false, []]);
      assert.match(blockers.map(({ message }) => message).join(), new RegExp(`qm unlock ${vmid}`));
      simulator.calls.length = 0;
      const error = await failure(remove(target.id, `half@${snaptime}`), "conflict");
      assert.match(error.message, new RegExp(`qm unlock ${vmid}. as root on node pve1`));
      assert.ok(simulator.calls.every(({ method }) => method === "GET"));
      await simulator.fake.do("change", { vmid, lock: null });
      assert.equal((await inspect(target.id)).snapshots[0]?.abandoned, true);
    },
  );

  rule("a hibernated guest is refused at once, and its snapshots are read", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const vmid = vmidOf(target.id);
    const { snapshotId } = await create(target.id);
    await simulator.fake.do("change", { vmid, lock: "suspended" });
    const { snapshots, powerState, blockers, runningTasks } = await inspect(target.id);
    assert.deepEqual([snapshots.length, powerState, runningTasks], [1, "suspended", []]);
    assert.deepEqual(
      blockers.map(({ code, blocks }) => [code, blocks]),
      [["hibernated", "all"]],
    );
    await driver().settle(KIND, target.id, testCall());
    for (const change of [() => create(target.id, { name: "next" }), () => remove(target.id, snapshotId)]) {
      const { message } = await failure(change(), "conflict");
      assert.match(message, /Start it, then run again/);
      assert.doesNotMatch(message, /unlock/, "which would discard the memory");
    }
    await simulator.fake.do("change", { vmid, lock: null });
    await remove(target.id, snapshotId);
  });

  rule("waits for a lock that may be held, and settles when it is gone", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const vmid = vmidOf(target.id);
    await simulator.fake.do("change", { vmid, lock: "backup" });
    assert.deepEqual((await inspect(target.id)).runningTasks, [{ id: "lock backup", operation: "backup" }]);
    await failure(create(target.id), "busy");
    await failure(driver().settle(KIND, target.id, testCall({ milliseconds: 150 })), "timeout");
    await simulator.fake.do("change", { vmid, lock: null });
    await driver().settle(KIND, target.id, testCall());
    const { snapshotId } = await create(target.id);
    await simulator.fake.do("change", { vmid, lock: "backup" });
    const text = { description: "words" };
    await failure(driver().editSnapshot(KIND, { targetId: target.id, snapshotId }, { text }, testCall()), "busy");
  });

  rule("refuses to go back past a newer snapshot on ZFS, before anything stops", async ({ simulator }) => {
    await simulator.fake.do("storage", { name: "zp", type: "zfspool" });
    const vmid = await simulator.add("qemu", "on-zfs", { config: { scsi0: "zp:vm-1-disk-0" }, status: "running" });
    const id = `qemu/${vmid}`;
    const { snapshotId } = await create(id, { name: "older" });
    await create(id, { name: "newer" });
    const state = await inspect(id);
    assert.deepEqual(
      state.snapshots.map(({ name, revertable = true }) => [name, revertable]),
      [
        ["older", false],
        ["newer", true],
      ],
    );
    const [older] = state.snapshots;
    assert.ok(older);
    const forecast = driver().forecastRevert(KIND, state, older, { suppressPowerOn: false });
    assert.match(forecast.refusal?.reason ?? "", /newest/);
    const revert = driver().revertToSnapshot(
      KIND,
      { targetId: id, snapshotId },
      { suppressPowerOn: false },
      testCall(),
    );
    await failure(revert, "conflict");
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
  });

  rule("believes in a freeze only when the task's log tells of none that was skipped", async ({ simulator }) => {
    const config = { ...AGENT, scsi0: "ceph:vm-1-disk-0" };
    const vmid = await simulator.add("qemu", "frozen", { config, status: "running" });
    const id = `qemu/${vmid}`;
    assert.deepEqual((await inspect(id)).quiesceReady, { ready: true });
    const { snapshotId, state } = await create(id, { name: "good", quiesce: { timeoutMinutes: 1 } });
    assert.equal(state?.snapshots[0]?.consistency, "filesystem");
    const ref = { targetId: id, snapshotId };
    await driver().editSnapshot(KIND, ref, { text: { description: "edited" } }, testCall());
    const [kept] = (await inspect(id)).snapshots;
    assert.deepEqual([kept?.consistency, kept?.description], ["filesystem", "edited"]);
    simulator.log = ["skipping guest filesystem freeze - agent configured but not running"];
    const skipped = await create(id, { name: "bad", quiesce: { timeoutMinutes: 1 } });
    assert.equal(skipped.state?.snapshots.find(({ name }) => name === "bad")?.consistency, "crash");

    const context = testContext(driver(), owner("point"));
    const given = { target: "frozen", name: "point", consistency: "filesystem" };
    const { inputs, failures } = await recoveryPoint.check(undefined, given, context);
    assert.deepEqual(failures, []);
    await failure(recoveryPoint.create(inputs, context), "consistency");
    assert.ok(!(await inspect(id)).snapshots.some(({ name }) => name === "point"));
  });

  rule("keeps memory of a running VM, which a revert starts; refuses it of a container", async ({ simulator }) => {
    const vmid = await simulator.add("qemu", "in-memory", { status: "running" });
    const id = `qemu/${vmid}`;
    const { snapshotId, state } = await create(id, { memory: true });
    assert.equal(state?.snapshots[0]?.consistency, "memory");
    const ref = { targetId: id, snapshotId };
    await driver().revertToSnapshot(KIND, ref, { suppressPowerOn: false }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
    const container = `lxc/${await simulator.add("lxc", "boxed")}`;
    await failure(create(container, { memory: true }), "unsupported");
  });

  rule("starts a guest again that ran before its revert, unless it is to stay off", async ({ simulator }) => {
    const vmid = await simulator.add("qemu", "runs", { status: "running" });
    const ref = { targetId: `qemu/${vmid}`, snapshotId: (await create(`qemu/${vmid}`)).snapshotId };
    await driver().revertToSnapshot(KIND, ref, { suppressPowerOn: false }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
    await driver().revertToSnapshot(KIND, ref, { suppressPowerOn: true }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "stopped");
  });

  rule("finds out that a VM was off after all, of which Proxmox VE kept the disks alone", async ({ simulator }) => {
    const vmid = await simulator.add("qemu", "stopped-meanwhile");
    const running = (body: string) => body.replace('"running":0', '"running":1');
    const lists = ({ method, path }: SimulatedRequest) => method === "GET" && path.endsWith("/snapshot");
    simulator.inject({ kind: "changed", times: 99, change: running, match: lists });
    const context = testContext(driver(), owner("off"));
    const given = { target: "stopped-meanwhile", name: "off", consistency: "memory" };
    const { inputs, failures } = await recoveryPoint.check(undefined, given, context);
    assert.deepEqual(failures, []);
    await failure(recoveryPoint.create(inputs, context), "consistency");
    assert.deepEqual((await simulator.fake.guest(vmid))?.snapshots, []);
  });

  rule("never cancels a task: a cancelled create goes on, and is found", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await simulator.fake.do("taskTime", { seconds: 0.4 });
    try {
      simulator.calls.length = 0;
      const call = testCall();
      const creating = failure(create(target.id, {}, call), "cancelled");
      await until(async () => (await simulator.fake.guest(vmidOf(target.id)))?.running === true);
      call.abort.abort();
      assert.match((await creating).taskId ?? "", /^UPID:pve1:/);
      await driver().settle(KIND, target.id, testCall());
      assert.equal((await inspect(target.id)).snapshots.length, 1);
      assert.ok(simulator.calls.every(({ method }) => method !== "DELETE"));
    } finally {
      await simulator.fake.do("taskTime", { seconds: 0.015 });
    }
  });

  rule("does not know how a task ended whose process died, and says so", async ({ simulator, newTarget }) => {
    for (const end of ["unexpected status", "unable to get last line of log", "received interrupt"]) {
      const target = await newTarget();
      const change = (body: string) => body.replace(/("exitstatus": ?)"OK"/, `$1"${end}"`);
      simulator.inject({ kind: "changed", times: 99, change, match: ({ path }) => path.endsWith("/status") });
      await failure(create(target.id), "lost-reply");
      simulator.faults.clear();
      assert.equal((await inspect(target.id)).snapshots.length, 1);
    }
  });

  rule("finds a guest that has moved to another node in the middle", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await inspect(target.id);
    await simulator.fake.do("move", { vmid: vmidOf(target.id), node: "pve2" });
    assert.equal((await create(target.id)).state?.target.path, `pve2/${vmidOf(target.id)}`);
    await simulator.fake.do("move", { vmid: vmidOf(target.id), node: "pve1" });
    assert.equal((await inspect(target.id, false)).snapshots.length, 1);
  });

  rule("says which disk excludes snapshots", async ({ simulator }) => {
    const config = { scsi0: "local:101/vm-101-disk-0.raw,size=8G" };
    const vmid = await simulator.add("qemu", "raw", { config });
    const { blockers } = await inspect(`qemu/${vmid}`);
    assert.deepEqual(
      blockers.map(({ code }) => code),
      ["no-snapshot-feature"],
    );
    assert.match(blockers[0]?.message ?? "", /scsi0 is a raw file/);
    await failure(create(`qemu/${vmid}`), "unsupported");
  });

  rule("takes warnings for success", async ({ simulator, newTarget }) => {
    let warned = 0;
    const change = (body: string) =>
      body.replace(/("exitstatus": ?)"OK"/, (_, key: string) => {
        warned++;
        return `${key}"WARNINGS: 2"`;
      });
    simulator.inject({ kind: "changed", times: 99, change, match: ({ path }) => path.endsWith("/status") });
    const target = await newTarget();
    assert.ok((await create(target.id)).snapshotId);
    assert.equal(warned, 1);
  });
});
