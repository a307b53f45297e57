import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { assertCounts, DriverLab } from "../../../testing/qemu/driver-lab";
import { countersOn, snapshotsIn } from "../../../testing/qemu/images";

const missing = qemuMissing();

/** Ticks that a guest counts in two seconds: far more than pass while a snapshot is taken or loaded. */
const LONG = 36;

describe("what comes back with a snapshot, by the guest's counters", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;
  const disk = (vm: Vm, index = 0) => vm.disks[index]?.file as string;

  it("brings RAM and disk back to the same time, and the guest goes on from there", async () => {
    const vm = await lab().startVm({ name: "both" });
    await vm.counted(3);
    const id = await lab().take(vm, "then");
    const then = await countersOn(disk(vm), "then");
    const later = await vm.counted(then.sinceBoot + LONG);
    await lab().revert(vm, id);
    const [ram, onDisk] = [await vm.inRam(), await vm.onDisk()];
    for (const now of [ram, onDisk]) {
      assert.ok(
        now.sinceBoot >= then.sinceBoot && now.sinceBoot < later.sinceBoot,
        JSON.stringify({ then, now, later }),
      );
    }
    await assertCounts(vm);
    await vm.kill();
  });

  it("holds both disks of a VM, and puts both back", async () => {
    const vm = await lab().startVm({ name: "two-disks", disks: [{}, { mebibytes: 2 }] });
    await vm.counted(1);
    await vm.write(1, { at: 65_536, length: 1024, value: 0x11 });
    const id = await lab().take(vm, "two");
    assert.deepEqual([(await snapshotsIn(disk(vm, 0))).length, (await snapshotsIn(disk(vm, 1))).length], [1, 1]);
    await vm.write(1, { at: 65_536, length: 1024, value: 0x22 });
    await lab().revert(vm, id);
    assert.deepEqual((await vm.content(1)).subarray(65_536, 66_560), Buffer.alloc(1024, 0x11));
    await lab().remove(vm, id);
    assert.deepEqual([await snapshotsIn(disk(vm, 0)), await snapshotsIn(disk(vm, 1))], [[], []]);
    await vm.kill();
  });

  it("keeps a branch: two snapshots below one, each with its own time", async () => {
    const vm = await lab().startVm({ name: "branch" });
    await vm.counted(3);
    const a = await lab().take(vm, "a");
    const late = await vm.counted((await vm.inRam()).sinceBoot + LONG);
    const b = await lab().take(vm, "b");
    await lab().revert(vm, a);
    const c = await lab().take(vm, "c");
    const shape = (await lab().snapshots(vm)).map(({ id, parentId, depth, isCurrent }) => [
      id,
      parentId,
      depth,
      isCurrent,
    ]);
    assert.deepEqual(shape, [
      [a, undefined, 1, false],
      [b, a, 2, false],
      [c, a, 2, true],
    ]);
    await lab().revert(vm, b);
    assert.ok((await vm.inRam()).sinceBoot >= late.sinceBoot);
    await lab().revert(vm, c);
    assert.ok((await vm.inRam()).sinceBoot < late.sinceBoot);
    await lab().remove(vm, a);
    const left = (await lab().snapshots(vm)).map(({ id, parentId, isCurrent }) => [id, parentId, isCurrent]);
    assert.deepEqual(left, [
      [b, undefined, false],
      [c, undefined, true],
    ]);
    await vm.kill();
  });

  it("puts a disk back while the VM is off, and refuses it while the VM runs", async () => {
    const vm = await lab().startVm({ name: "offline" });
    await vm.counted(3);
    const id = await lab().take(vm, "disks only", { memory: false });
    const then = await countersOn(disk(vm), "disks only");
    await vm.counted(then.sinceBoot + LONG);
    const refused = await failure(lab().revert(vm, id), "conflict");
    assert.match(refused.message, /powered-off VM/);
    await assertCounts(vm);
    await vm.powerOff();
    await lab().revert(vm, id);
    assert.deepEqual(await vm.onDisk(), then);
    await vm.start();
    // The counter over all boots goes on from what the disk held then.
    const now = await vm.counted(2);
    assert.equal(now.inAll, then.inAll + now.sinceBoot);
    await vm.kill();
  });

  it("takes, lists and removes snapshots of a VM that is off, and loads one with memory only when it runs", async () => {
    const vm = await lab().startVm({ name: "asleep", disks: [{}, {}] });
    await vm.counted(2);
    const warm = await lab().take(vm, "warm");
    await vm.powerOff();
    const cold = await lab().take(vm, "cold", { memory: false });
    await failure(lab().take(vm, "memory of nothing"), "guard");
    await failure(lab().take(vm, "cold", { memory: false }), "conflict");
    const names = (await lab().snapshots(vm)).map(({ name, consistency }) => [name, consistency]);
    assert.deepEqual(names, [
      ["warm", "memory"],
      ["cold", "crash"],
    ]);
    assert.match((await failure(lab().revert(vm, warm), "conflict")).message, /Start the VM/);
    await lab().remove(vm, cold);
    for (const index of [0, 1]) assert.equal((await snapshotsIn(disk(vm, index))).length, 1);
    await vm.start();
    await lab().revert(vm, warm);
    await assertCounts(vm);
    await vm.kill();
  });

  it("leaves a paused VM paused, and a running one running when a load fails", async () => {
    const vm = await lab().startVm({ name: "paused", disks: [{}, {}] });
    await vm.counted(2);
    const id = await lab().take(vm, "then");
    await vm.look.execute("stop");
    await lab().revert(vm, id);
    assert.equal(await status(vm), "paused");
    await vm.look.execute("cont");
    // Behind the driver's back: QEMU finds out only in the middle of the load.
    await damage(vm);
    const error = await failure(lab().revert(vm, id), "task-failed", "not-found", "conflict");
    assert.ok(error.detail, error.message);
    assert.equal(await status(vm), "running");
    await assertCounts(vm);
    await vm.kill();
  });

  it("refuses a VM with a raw disk, whole, unless that is read only", async () => {
    const vm = await lab().startVm({ name: "raw", disks: [{}, { format: "raw" }] });
    await vm.counted(1);
    for (const memory of [true, false]) {
      const error = await failure(lab().take(vm, "some disks", { memory }), "guard");
      assert.match(error.message, /raw-1\.raw.*only qcow2 supports snapshots/);
    }
    assert.deepEqual(
      (await lab().observe(vm)).blockers.map(({ code, blocks }) => [code, blocks]),
      [["not-qcow2", "all"]],
    );
    assert.deepEqual(await snapshotsIn(disk(vm)), []);
    await vm.kill();
    const media = await lab().startVm({ name: "media", disks: [{}, { format: "raw", readOnly: true }] });
    await lab().take(media, "fine");
    await media.kill();
  });

  it("refuses names that an image would cut off or cannot hold, and holds the longest", async () => {
    const vm = await lab().startVm({ name: "names" });
    for (const name of ["", "a".repeat(256), "é".repeat(128), "two\nlines"]) {
      await failure(lab().take(vm, name), "bad-input");
    }
    const longest = "é".repeat(127);
    await lab().take(vm, longest);
    await failure(lab().take(vm, longest), "conflict");
    assert.deepEqual(
      (await snapshotsIn(disk(vm))).map(({ name }) => name),
      [longest],
    );
    await vm.kill();
  });
});

async function status(vm: Vm): Promise<string> {
  return (await vm.look.execute<{ status: string }>("query-status")).status;
}

/** Takes the snapshot out of the first disk alone, and puts one without memory of the same name there. */
async function damage(vm: Vm): Promise<void> {
  await vm.look.execute("blockdev-snapshot-delete-internal-sync", { device: "disk0", name: "then" });
  await vm.look.execute("blockdev-snapshot-internal-sync", { device: "disk0", name: "then" });
}
