import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { DriverLab } from "../../../testing/qemu/driver-lab";
import { createImage, qemuImg, snapshotsIn } from "../../../testing/qemu/images";

const missing = qemuMissing();

describe("images below a VM's disk", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;
  const folder = () => lab().lab.disks;
  const merge = (vm: Vm) => lab().driver.consolidation.merge(vm.uuid, testCall());
  const clone = async (base: string, file: string) => {
    await qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", file);
    return file;
  };
  const copyOf = async (file: string) => {
    await qemuImg("convert", "-O", "raw", file, `${file}.raw`);
    return `${file}.raw`;
  };
  const assertNoNotes = () =>
    assert.deepEqual(
      readdirSync(folder()).filter((name) => name.includes("snapstate-merge")),
      [],
    );

  it("takes snapshots of a linked clone as it is, and never writes to the base that clones share", async () => {
    const base = join(folder(), "debian.qcow2");
    await createImage({ file: base, boots: true });
    const file = await clone(base, join(folder(), "debian-web1.qcow2"));
    await clone(base, join(folder(), "debian-web2.qcow2"));
    const before = await copyOf(base);
    const vm = await lab().startVm({ name: "web1", disks: [{ file }] });
    const { consolidationNeeded, blockers } = await lab().observe(vm);
    assert.deepEqual([consolidationNeeded, blockers], [false, []]);
    await lab().take(vm, "of a clone");
    await merge(vm);
    assert.ok(existsSync(file));
    await lab().remove(vm, (await lab().snapshots(vm))[0]?.id ?? "");

    // An overlay of its own is merged into the clone, and no further.
    const overlay = join(folder(), "anything.qcow2");
    await vm.overlay(0, overlay);
    assert.equal((await lab().observe(vm)).consolidationNeeded, true);
    await merge(vm);
    await vm.noteFiles();
    assert.equal(vm.disks[0]?.file, file);
    assert.equal(existsSync(overlay), false);
    assert.equal(await qemuImg("compare", base, before), "Images are identical.\n");
    assertNoNotes();
    await vm.kill();
  });

  it("refuses to merge into an image that another one builds on, whatever its name, and changes nothing", async () => {
    const vm = await lab().startVm({ name: "needed" });
    const file = vm.disks[0]?.file as string;
    await clone(file, join(folder(), "somebody-elses"));
    const overlay = join(folder(), "needed-0.layer");
    await vm.overlay(0, overlay);
    const error = await failure(merge(vm), "guard");
    assert.match(error.message, /before anything was changed.*is needed by others.*somebody-elses/);
    assert.ok(existsSync(overlay));
    assertNoNotes();
    await vm.kill();
  });

  it("reverts no image that a linked clone builds on, on or off", async () => {
    const vm = await lab().startVm({ name: "golden" });
    const file = vm.disks[0]?.file as string;
    const memory = await lab().take(vm, "with memory");
    const crash = await lab().take(vm, "without", { memory: false });
    await vm.counted(2);
    const linked = await clone(file, join(folder(), "of-golden"));
    const refused = /before anything was changed: .*of-golden builds on .*golden-0/;
    assert.match((await failure(lab().revert(vm, memory), "guard")).message, refused);
    await vm.powerOff();
    const before = await copyOf(linked);
    assert.match((await failure(lab().revert(vm, crash), "guard")).message, refused);
    assert.equal(await qemuImg("compare", linked, before), "Images are identical.\n");
    // Metadata of its own: the clone's data stay as they are.
    await lab().remove(vm, memory);
    assert.equal(await qemuImg("compare", linked, before), "Images are identical.\n");
    await rm(linked);
    await lab().revert(vm, crash);
  });

  it("refuses to merge an overlay that has snapshots, which a merge would delete", async () => {
    const vm = await lab().startVm({ name: "holding" });
    const overlay = join(folder(), "holding-0.layer");
    await vm.overlay(0, overlay);
    const [device] = await vm.look.execute<{ inserted: { "node-name": string } }[]>("query-block");
    const node = device?.inserted["node-name"];
    await vm.look.execute("blockdev-snapshot-internal-sync", { device: node, name: "by hand" });
    assert.match((await failure(merge(vm), "guard")).message, /has internal snapshots \("by hand"\)/);
    // That is no reason to refuse snapshots, and once it is gone the merge goes through.
    assert.deepEqual((await lab().observe(vm)).blockers, []);
    await lab().remove(vm, (await lab().snapshots(vm))[0]?.id ?? "");
    await merge(vm);
    assert.equal(existsSync(overlay), false);
    assertNoNotes();
    await vm.kill();
  });

  it("keeps snapshots below an overlay in view, says what is in the way, and lets them go after the merge", async () => {
    const vm = await lab().startVm({ name: "below" });
    const id = await lab().take(vm, "kept", { memory: false });
    const file = vm.disks[0]?.file as string;
    await vm.overlay(0, join(folder(), "put-on-top.qcow2"));
    const [snapshot] = await lab().snapshots(vm);
    assert.equal(snapshot?.id, id);
    assert.equal(snapshot?.revertable, false);
    assert.match(snapshot?.caveats?.join() ?? "", /below the image that disk/);
    assert.match((await failure(lab().remove(vm, id), "conflict")).message, /Nothing was removed.*ConsolidationTask/);
    await merge(vm);
    assert.deepEqual(
      (await snapshotsIn(file)).map(({ name }) => name),
      ["kept"],
    );
    const [after] = await lab().snapshots(vm);
    assert.deepEqual([after?.id, after?.revertable, after?.caveats], [id, undefined, undefined]);
    await lab().remove(vm, id);
    assert.deepEqual(await lab().snapshots(vm), []);
    await vm.kill();
  });

  it("still sees them when the VM was started from the overlay, and when it is off", async () => {
    const vm = await lab().startVm({ name: "restarted" });
    const id = await lab().take(vm, "kept", { memory: false });
    await vm.overlay(0, join(folder(), "restarted-overlay.qcow2"));
    await lab().snapshots(vm);
    await vm.powerOff();
    assert.deepEqual(
      (await lab().snapshots(vm)).map((snapshot) => snapshot.id),
      [id],
    );
    await vm.start();
    assert.deepEqual(
      (await lab().snapshots(vm)).map((snapshot) => snapshot.id),
      [id],
    );
    await vm.kill();
  });

  it("knows a disk by its absolute path when QEMU was started with a relative one, also when the VM is off", async () => {
    const home = process.cwd();
    process.chdir(folder());
    try {
      await createImage({ file: "relative.qcow2", boots: true });
      const vm = await lab().startVm({ name: "relative", disks: [{ file: "relative.qcow2" }] });
      process.chdir(home);
      const id = await lab().take(vm, "one", { memory: false });
      assert.ok(existsSync(join(folder(), "relative.qcow2.snapstate.json")));
      await vm.kill();
      assert.deepEqual(
        (await lab().snapshots(vm)).map((snapshot) => snapshot.id),
        [id],
      );
      assert.equal(existsSync("relative.qcow2.snapstate.json"), false);
    } finally {
      process.chdir(home);
    }
  });

  it("takes no snapshot that would vanish with QEMU's temporary image", async () => {
    const vm = await lab().startVm({ name: "temporary", wiring: "drive", more: ["-snapshot"] });
    const { blockers, consolidationNeeded } = await lab().observe(vm);
    assert.deepEqual(
      blockers.map(({ code }) => code),
      ["temporary-disk"],
    );
    assert.equal(consolidationNeeded, false);
    assert.match((await failure(lab().take(vm, "in vain"), "guard")).message, /lost when this QEMU process exits/);
    const file = vm.disks[0]?.file as string;
    await vm.kill();
    assert.deepEqual(await lab().snapshots(vm), []);
    assert.ok(existsSync(file));
  });

  it("looks through a filter above a disk", async () => {
    const file = join(folder(), "filtered.qcow2");
    await createImage({ file, boots: true });
    const node = { driver: "throttle", "node-name": "slow", "throttle-group": "group" };
    const below = { driver: "qcow2", file: { driver: "file", filename: file } };
    const vm = await lab().startVm({
      name: "filtered",
      more: [
        ...["-object", "throttle-group,id=group,x-bps-total=100000000"],
        ...["-blockdev", JSON.stringify({ ...node, file: below }), "-device", "virtio-blk-pci,drive=slow,id=device9"],
      ],
    });
    assert.deepEqual((await lab().observe(vm)).blockers, []);
    const id = await lab().take(vm, "through", { memory: false });
    assert.deepEqual(
      (await snapshotsIn(file)).map(({ name }) => name),
      ["through"],
    );
    assert.equal((await lab().snapshots(vm))[0]?.revertable, undefined);
    await lab().remove(vm, id);
    assert.deepEqual(await snapshotsIn(file), []);
    await vm.kill();
  });
});
