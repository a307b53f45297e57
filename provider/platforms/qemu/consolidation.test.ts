import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { type TestCall, testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { assertCounts, DriverLab } from "../../../testing/qemu/driver-lab";
import { chainOf, checkImage, createImage, qemuImg } from "../../../testing/qemu/images";
import { HeldClock } from "../../../testing/support/held-clock";
import { sleep } from "../../core/operation";

const missing = qemuMissing();
const MIB = 1024 * 1024;

describe("merging overlays that were left behind", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;
  const merge = (vm: Vm, call: TestCall = testCall()) => lab().driver.consolidation.merge(vm.uuid, call);
  /** So that there is time to stop it, or to look on. */
  const mergeSlowly = (vm: Vm, call: TestCall) =>
    DriverLab.over(lab().lab, { mergeMebibytesPerSecond: 2 }).driver.consolidation.merge(vm.uuid, call);

  interface Layered {
    vm: Vm;
    files: string[];
    expected: Buffer;
  }

  /** A second disk with three overlays, each with data of its own, and a byte that all of them overwrite. */
  async function layered(name: string, mebibytes = 8, more: object[] = []): Promise<Layered> {
    const vm = await lab().startVm({ name, disks: [{}, { mebibytes }, ...more] });
    const base = vm.disks[1]?.file as string;
    const files = [base];
    const expected = Buffer.alloc(mebibytes * MIB);
    const each = Math.floor(mebibytes / 4) * MIB;
    for (const layer of [0, 1, 2, 3]) {
      if (layer > 0) {
        files.push(base.replace(".qcow2", `.layer-${layer}`));
        await vm.overlay(1, files[layer] as string);
      }
      for (const [at, length] of [
        [layer * each, each],
        [layer * 4096, 65_536],
      ] as const) {
        await vm.write(1, { at, length, value: 0x40 + layer });
        expected.fill(0x40 + layer, at, at + length);
      }
    }
    return { vm, files, expected };
  }

  it("merges three overlays while the guest runs, byte by byte, and removes their files", async () => {
    const { vm, files, expected } = await layered("layers");
    const [base = "", ...overlays] = files;
    assert.equal((await lab().observe(vm)).consolidationNeeded, true);
    const space = await lab().driver.consolidation.space(vm.uuid, testCall());
    assert.ok(space && space.neededBytes >= 6 * MIB && space.freeBytes > 0, JSON.stringify(space));
    const { inAll } = await vm.inRam();
    const call = testCall();
    assert.match((await merge(vm, call)).taskId, /^snapstate-commit-/);
    assert.equal((await lab().observe(vm)).consolidationNeeded, false);
    assert.deepEqual(overlays.map(existsSync), [false, false, false]);
    await vm.noteFiles();
    assert.equal(vm.disks[1]?.file, base);
    assert.ok((await vm.content(1)).equals(expected));
    await assertCounts(vm);
    await vm.powerOff();
    assert.equal((await chainOf(base)).length, 1);
    await checkImage(base);
    await vm.start();
    assert.ok((await vm.content(1)).equals(expected));
    assert.ok((await vm.counted(1)).inAll > inAll);
    await vm.kill();
  });

  it("does nothing where there is nothing to merge", async () => {
    const vm = await lab().startVm({ name: "whole" });
    assert.equal((await lab().observe(vm)).consolidationNeeded, false);
    assert.equal(await lab().driver.consolidation.space(vm.uuid, testCall()), undefined);
    await merge(vm);
    assert.ok(existsSync(vm.disks[0]?.file as string));
    await vm.kill();
  });

  it("tells how far it is, stops when cancelled with the chain as it was, and merges later", async () => {
    const { vm, files, expected } = await layered("cancelled", 64);
    const call = testCall();
    const merging = failure(mergeSlowly(vm, call), "cancelled");
    const seen = () => call.reports.flatMap(({ percent }) => (percent === undefined ? [] : [percent]));
    while (new Set(seen()).size < 3) await sleep(10);
    assert.deepEqual(
      seen(),
      seen().sort((a, b) => a - b),
    );
    assert.ok(seen().every((percent) => percent >= 0 && percent < 100));
    call.abort.abort();
    assert.match((await merging).taskId ?? "", /^snapstate-commit-/);
    assert.deepEqual(await vm.look.execute("query-jobs"), []);
    assert.ok(files.every(existsSync));
    assert.equal((await chainOf(files[3] as string)).length, 4);
    assert.ok((await vm.content(1)).equals(expected));
    await merge(vm);
    await vm.noteFiles();
    assert.equal(vm.disks[1]?.file, files[0]);
    assert.ok((await vm.content(1)).equals(expected));
    await vm.kill();
  });

  it("takes up a merge that an earlier run left, and does not begin another", async () => {
    const { vm, files, expected } = await layered("left", 64);
    const clock = new HeldClock();
    const first = failure(mergeSlowly(vm, testCall({ milliseconds: 4000, clock })), "timeout");
    await clock.asleep();
    clock.pass(4000);
    assert.match((await first).taskId ?? "", /^snapstate-commit-/);
    const state = await lab().observe(vm);
    assert.deepEqual(
      state.runningTasks.map(({ operation }) => operation),
      ["commit"],
    );
    await release(vm);
    await lab()
      .driver.settle("snapshot", vm.uuid, testCall({ milliseconds: 20_000 }))
      .catch(() => {});
    await merge(vm);
    await vm.noteFiles();
    assert.equal(vm.disks[1]?.file, files[0]);
    assert.ok((await vm.content(1)).equals(expected));
    await vm.kill();
  });

  /** Starts the VM from its overlays, in which all its data still are. */
  async function startAgain(vm: Vm, ...overlays: string[]): Promise<void> {
    await vm.kill();
    for (const [index, file] of overlays.entries()) (vm.disks[index + 1] as { file: string }).file = file;
    await vm.start();
  }

  async function assertMerged({ vm, files, expected }: Layered): Promise<void> {
    await vm.noteFiles();
    assert.equal(vm.disks[1]?.file, files[0]);
    assert.ok((await vm.content(1)).equals(expected));
    assert.deepEqual(files.slice(1).map(existsSync), [false, false, false]);
    assert.equal(existsSync(`${files[0]}.snapstate-merge.json`), false);
    assert.deepEqual(await vm.look.execute("query-jobs"), []);
  }

  it("takes up a merge that QEMU did not survive, and that nobody finished while the VM was off", async () => {
    const disk = await layered("died", 64);
    const { vm, files, expected } = disk;
    const merging = failure(mergeSlowly(vm, testCall()), "unreachable", "lost-reply");
    while ((await vm.look.execute<object[]>("query-jobs")).length === 0) await sleep(5);
    await vm.kill();
    await merging;
    assert.equal((await lab().observe(vm)).consolidationNeeded, true, "while it is off");
    await failure(merge(vm), "guard");
    await startAgain(vm, files[3] as string);
    assert.ok((await vm.content(1)).equals(expected));
    assert.equal((await lab().observe(vm)).consolidationNeeded, true);
    await merge(vm);
    await assertMerged(disk);
    await vm.kill();
  });

  it("takes up the merges of disks whose turn had not come when QEMU died", async () => {
    const disk = await layered("two-disks", 64, [{}]);
    const { vm, files } = disk;
    const [, , other] = vm.disks;
    assert.ok(other);
    const base = other.file;
    const overlay = `${base}.overlay`;
    await vm.overlay(2, overlay);
    const merging = failure(mergeSlowly(vm, testCall()), "unreachable", "lost-reply");
    while ((await vm.look.execute<object[]>("query-jobs")).length === 0) await sleep(5);
    await vm.kill();
    await merging;
    await startAgain(vm, files[3] as string, overlay);
    await merge(vm);
    await assertMerged(disk);
    assert.equal(other.file, base);
    assert.deepEqual([existsSync(overlay), existsSync(`${base}.snapstate-merge.json`)], [false, false]);
    await vm.kill();
  });

  it("leaves no note of disks whose turn had not come when the merge is cancelled", async () => {
    const { vm, files } = await layered("not-noted", 64, [{}]);
    const [, , other] = vm.disks;
    assert.ok(other);
    const base = other.file;
    await vm.overlay(2, `${base}.overlay`);
    const clock = new HeldClock();
    const call = testCall({ clock });
    const merging = failure(mergeSlowly(vm, call), "cancelled");
    await clock.asleep();
    const notes = () => [files[0], base].map((file) => existsSync(`${file}.snapstate-merge.json`));
    assert.deepEqual(notes(), [true, true]);
    call.abort.abort();
    await merging;
    assert.deepEqual(notes(), [false, false]);
    await vm.kill();
  });

  it("does not take a job for done that ended with its QEMU, when that is started again between two looks", async () => {
    const disk = await layered("restarted", 64);
    const { vm, files } = disk;
    const clock = new HeldClock();
    const merging = failure(mergeSlowly(vm, testCall({ clock })), "lost-reply");
    await clock.asleep();
    await startAgain(vm, files[3] as string);
    clock.pass(1000);
    assert.match((await merging).message, /no longer has the job/);
    assert.equal((await lab().observe(vm)).consolidationNeeded, true);
    await merge(vm);
    await assertMerged(disk);
    await vm.kill();
  });

  it("merges nothing when QEMU was started again from an overlay before a merge began", async () => {
    const { vm, files, expected } = await layered("never-began");
    await lab().observe(vm);
    await startAgain(vm, files[3] as string);
    assert.equal((await lab().observe(vm)).consolidationNeeded, false);
    await merge(vm);
    assert.ok(files.every(existsSync));
    assert.equal(vm.disks[1]?.file, files[3]);
    assert.ok((await vm.content(1)).equals(expected));
    await vm.kill();
  });

  it("takes no snapshot above overlays that can be merged", async () => {
    const { vm } = await layered("mixed");
    const error = await failure(lab().take(vm, "on top"), "guard");
    assert.match(error.message, /overlays are not mixed on one VM.*ConsolidationTask/);
    await vm.kill();
  });

  it("never writes to a base image that is not of the VM's own", async () => {
    const template = join(lab().lab.disks, "debian-12.qcow2");
    await createImage({ file: template, boots: true });
    await qemuImg("convert", "-O", "raw", template, `${template}.raw`);
    const file = join(dirname(template), "web.qcow2");
    await qemuImg("create", "-q", "-f", "qcow2", "-b", template, "-F", "qcow2", file);
    const vm = await lab().startVm({ name: "cloned", disks: [{ file }] });
    await vm.counted(2);
    assert.equal((await lab().observe(vm)).consolidationNeeded, false);
    await merge(vm);
    assert.equal(await qemuImg("compare", template, `${template}.raw`), "Images are identical.\n");
    assert.ok(existsSync(file));
    await lab().take(vm, "of a clone");
    await vm.kill();
  });
});

/** Takes the bound off a merge that is under way. */
async function release(vm: Vm): Promise<void> {
  const [job] = await vm.look.execute<{ id: string }[]>("query-jobs");
  await vm.look.execute("block-job-set-speed", { device: job?.id, speed: 0 });
}
