import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { basename, join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { testContext } from "../../../testing/memory-driver/context";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { assertCounts, DriverLab } from "../../../testing/qemu/driver-lab";
import { snapshotsIn } from "../../../testing/qemu/images";
import { getSnapshotReport } from "../../resources";

const missing = qemuMissing();

describe("sockets of VMs", { skip: missing }, () => {
  let real: DriverLab | undefined;
  const open: Vm[] = [];
  after(() => real?.close());
  afterEach(async () => {
    for (const vm of open.splice(0)) await vm.kill();
    await real?.close();
    real = undefined;
  });
  const lab = (settings?: object) => {
    real ??= DriverLab.open(settings);
    return real;
  };
  const start = async (name: string) => {
    const vm = await lab().startVm({ name });
    open.push(vm);
    return vm;
  };

  it("waits for another client of the socket, and goes on when that has gone", async () => {
    const vm = await start("shared");
    const other = await client(vm.socket);
    const taking = lab().take(vm, "after the other");
    assert.equal((await snapshotsIn(vm.disks[0]?.file as string)).length, 0);
    other.destroy();
    await taking;
    assert.equal((await snapshotsIn(vm.disks[0]?.file as string)).length, 1);
  });

  it("says what is in the way when another client does not go, and does nothing", async () => {
    lab({ socketTimeout: "300ms" });
    const vm = await start("held");
    const other = await client(vm.socket);
    const error = await failure(lab().take(vm, "never"), "busy");
    assert.match(error.message, /another client/);
    assert.match(error.hint ?? "", /separate -qmp socket/);
    other.destroy();
    assert.deepEqual(await snapshotsIn(vm.disks[0]?.file as string), []);
  });

  it("finds other VMs beside a socket that does not answer, and never calls the silent one absent", async () => {
    lab({ socketTimeout: "300ms" });
    const vm = await start("well");
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(join(lab().lab.directory, "mute.qmp"), resolve));
    try {
      const found = await lab().driver.findTarget("snapshot", { by: "name", value: "well" }, testCall());
      assert.equal(found.id, vm.uuid);
      await failure(lab().driver.findTarget("snapshot", { by: "name", value: "mute" }, testCall()), "busy");
      await failure(lab().driver.listTargets("snapshot", testCall()), "busy");
      const unread: string[] = [];
      const listed = await lab().driver.listTargets("snapshot", testCall(), (socket) => unread.push(socket));
      assert.deepEqual(
        [listed.map(({ name }) => name), unread.map((socket) => basename(socket))],
        [["well"], ["mute.qmp"]],
      );
    } finally {
      mute.close();
    }
  });

  it("keeps nobody waiting for sockets that are no QMP, however long it may wait for a VM that is busy", async () => {
    lab({ socketTimeout: "30s" });
    const vm = await start("beside-consoles");
    let asked = 0;
    let most = 0;
    const consoles = Array.from({ length: 12 }, () =>
      createServer((socket) => {
        most = Math.max(most, ++asked);
        socket.resume().once("close", () => asked--);
      }),
    );
    const { directory } = lab().lab;
    const listening = consoles.map(
      (server, index) => new Promise<void>((done) => server.listen(join(directory, `console-${index}.sock`), done)),
    );
    await Promise.all(listening);
    try {
      const report = await getSnapshotReport({ connection: "lab" }, testContext(lab().driver));
      assert.equal(most, 12, "all at the same time");
      assert.deepEqual(
        report.targets.map(({ targetId }) => targetId),
        [vm.uuid],
      );
      assert.deepEqual([...new Set(report.failures.map(({ kind }) => kind))], ["busy"]);
      assert.equal(report.failures.length, 12);
      assert.match(report.failures[0]?.message ?? "", /console-\d+\.sock in 2 seconds.*not a QMP socket/);
    } finally {
      for (const server of consoles) server.close();
    }
  });

  it("takes a VM whose process was killed for powered off, and works on its disks", async () => {
    const vm = await start("dead");
    await vm.counted(2);
    await lab().take(vm, "before");
    await vm.kill();
    const state = await lab().observe(vm);
    assert.deepEqual([state.powerState, state.snapshots.map(({ name }) => name)], ["off", ["before"]]);
    assert.equal(state.quiesceReady?.ready, false);
    await lab().take(vm, "after", { memory: false });
    assert.deepEqual(
      (await lab().snapshots(vm)).map(({ name, isCurrent }) => [name, isCurrent]),
      [
        ["before", false],
        ["after", true],
      ],
    );
    await vm.start();
    await assertCounts(vm);
  });

  it("says that nothing is known of a VM that never ran here, and does not call it gone", async () => {
    await start("known");
    const unknown = "6b3f0d3e-0000-4000-8000-000000000000";
    await failure(lab().driver.inspect("snapshot", unknown, testCall()), "unreachable");
    await failure(lab().driver.findTarget("snapshot", { by: "id", value: unknown }, testCall()), "not-found");
  });

  it("leaves a socket alone that does not speak QMP", async () => {
    lab({ socketTimeout: "1s" });
    const vm = await start("good");
    const stranger = createServer((socket) => void socket.end("220 mail.example.com ESMTP\r\n"));
    await new Promise<void>((resolve) => stranger.listen(join(lab().lab.directory, "mail.sock"), resolve));
    writeFileSync(join(lab().lab.directory, "old.qmp"), "");
    try {
      const found = await lab().driver.findTarget("snapshot", { by: "name", value: "good" }, testCall());
      assert.equal(found.id, vm.uuid);
      const error = await failure(lab().driver.listTargets("snapshot", testCall()), "protocol");
      assert.match(error.message, /mail\.sock/);
    } finally {
      stranger.close();
    }
  });

  it("takes snapshots of 12 VMs at once, one of each", async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.name);
    process.on("warning", note);
    const names = Array.from({ length: 12 }, (_, index) => `vm-${index}`);
    const vms = await Promise.all(names.map((name) => lab().lab.startVm({ name })));
    open.push(...vms);
    // Finding one asks every socket.
    await lab().driver.findTarget("snapshot", { by: "name", value: "vm-7" }, testCall());
    const spec = { name: "all together", description: "", memory: true };
    const take = async (vm: Vm) => {
      const call = testCall({ milliseconds: 120_000 });
      return (await lab().driver.createSnapshot("snapshot", vm.uuid, spec, call)).snapshotId;
    };
    const ids = await Promise.all(vms.map(take));
    const targets = await lab().driver.listTargets("snapshot", testCall());
    assert.equal(new Set(targets.map(({ id }) => id)).size, 12);
    for (const [index, vm] of vms.entries()) {
      const snapshots = await lab().snapshots(vm);
      assert.deepEqual(
        snapshots.map(({ id, name, consistency }) => [id, name, consistency]),
        [[ids[index], "all together", "memory"]],
      );
      await assertCounts(vm);
      // Each guest that runs takes an eighth of a core from those that are still to be read.
      await vm.kill();
    }
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });
});

/** A client that is being served, as another tool would be. */
async function client(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve, reject) => socket.once("data", resolve).once("error", reject));
  return socket;
}
