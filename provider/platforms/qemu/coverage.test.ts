import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { DriverLab } from "../../../testing/qemu/driver-lab";
import { createImage, qemuImg, snapshotsIn } from "../../../testing/qemu/images";

const missing = qemuMissing();

describe("which disks a snapshot covers", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;
  const fileOf = (vm: Vm, index: number) => vm.disks[index]?.file as string;
  const tags = async (file: string) => (await snapshotsIn(file)).map(({ name }) => name);

  async function attach(vm: Vm, file: string): Promise<void> {
    await createImage({ file, boots: false });
    const image = { driver: "qcow2", "node-name": "later", file: { driver: "file", filename: file } };
    await vm.look.execute("blockdev-add", image);
    await vm.look.execute("device_add", { driver: "virtio-blk-pci", drive: "later", id: "later" });
  }

  it("judges a snapshot by the disks that it was taken of, and removes it although a disk came later", async () => {
    const vm = await lab().startVm({ name: "later" });
    const id = await lab().take(vm, "one");
    await attach(vm, join(lab().lab.disks, "attached-later.qcow2"));
    const [snapshot, ...others] = await lab().snapshots(vm);
    assert.deepEqual([snapshot?.id, snapshot?.failed, others.length], [id, undefined, 0]);
    assert.match(snapshot?.caveats?.join() ?? "", /not on disk .*later.*, attached later/);
    assert.match((await failure(lab().revert(vm, id), "conflict")).message, /attached later.*Detach a disk/s);
    // One that is taken now covers both.
    const both = await lab().take(vm, "both");
    assert.equal((await lab().snapshots(vm)).find((other) => other.id === both)?.caveats, undefined);
    await lab().remove(vm, id);
    assert.deepEqual(await tags(fileOf(vm, 0)), ["both"]);
    await vm.kill();
  });

  it("drops and deletes nothing on a guess when the record is lost", async () => {
    const vm = await lab().startVm({ name: "lost" });
    const id = await lab().take(vm, "one");
    await attach(vm, join(lab().lab.disks, "attached-to-lost.qcow2"));
    await rm(`${fileOf(vm, 0)}.snapstate.json`);
    const [snapshot] = await lab().snapshots(vm);
    assert.deepEqual([snapshot?.id, snapshot?.failed, snapshot?.revertable], [id, undefined, false]);
    assert.match(snapshot?.caveats?.join() ?? "", /attached later or never covered/);
    await vm.kill();
  });

  it("knows a snapshot by its other copies when the first disk is detached", async () => {
    const vm = await lab().startVm({ name: "detached", disks: [{}, {}] });
    const id = await lab().take(vm, "one", { memory: false });
    await vm.kill();
    // As when the VM is started from the second disk alone.
    const [gone] = vm.disks.splice(0, 1);
    await vm.start();
    const [snapshot] = await lab().snapshots(vm);
    assert.equal(snapshot?.id, id);
    assert.match(snapshot?.caveats?.join() ?? "", /also on .*detached-0.qcow2, which is detached now/);
    await lab().remove(vm, id);
    assert.deepEqual([await tags(gone?.file as string), await tags(fileOf(vm, 0))], [[], []]);
    await vm.kill();
  });

  it("changes no disk of a VM that is off when one of them cannot be opened", async () => {
    const vm = await lab().startVm({ name: "locked", disks: [{}, {}] });
    const id = await lab().take(vm, "one", { memory: false });
    await vm.powerOff();
    await encrypt(fileOf(vm, 1), "one");
    for (const change of [() => lab().remove(vm, id), () => lab().revert(vm, id)]) {
      assert.match((await failure(change(), "unsupported")).message, /key-secret.*while the VM is running/);
    }
    assert.match((await failure(lab().take(vm, "two", { memory: false }), "unsupported")).message, /key-secret/);
    assert.deepEqual(await tags(fileOf(vm, 0)), ["one"]);
    assert.deepEqual(
      (await lab().snapshots(vm)).map((snapshot) => snapshot.id),
      [id],
    );
  });

  it("shows what is half there as that, under the id that it always had", async () => {
    const vm = await lab().startVm({ name: "half", disks: [{}, {}] });
    const id = await lab().take(vm, "one", { memory: false });
    await vm.powerOff();
    await qemuImg("snapshot", "-d", "one", fileOf(vm, 0));
    const [snapshot] = await lab().snapshots(vm);
    assert.equal(snapshot?.id, id);
    assert.match(snapshot?.failed ?? "", /incomplete: it is missing on disk .*half-0/);
    await lab().remove(vm, id);
    assert.deepEqual(await lab().snapshots(vm), []);
  });

  it("does not call a VM gone whose disk was renamed, or one of whose disks is missing", async () => {
    const vm = await lab().startVm({ name: "moved", disks: [{}, {}] });
    await lab().take(vm, "one", { memory: false });
    await vm.powerOff();
    const observation = () => lab().driver.inspect("snapshot", vm.uuid, testCall());
    const [first, second] = [fileOf(vm, 0), fileOf(vm, 1)];
    await rename(first, `${first}.old`);
    assert.doesNotMatch((await failure(observation(), "task-failed")).message, /gone/);
    await rename(second, `${second}.old`);
    await failure(observation(), "task-failed");
    // Both are removed for good: that is proof.
    await rm(`${first}.old`);
    await rm(`${second}.old`);
    await failure(observation(), "not-found");
  });

  /** Puts an encrypted image with a snapshot in the place of a disk. */
  async function encrypt(file: string, tag: string): Promise<void> {
    const key = `${file}.key`;
    await writeFile(key, "secret");
    const secret = ["--object", `secret,id=s,file=${key}`];
    const options = "encrypt.format=aes,encrypt.key-secret=s";
    await qemuImg("create", "-q", "-f", "qcow2", ...secret, "-o", options, file, "1M");
    const image = `driver=qcow2,file.driver=file,file.filename=${file},encrypt.key-secret=s`;
    await qemuImg("snapshot", ...secret, "--image-opts", "-c", tag, image);
  }
});
