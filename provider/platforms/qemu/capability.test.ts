import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing } from "../../../testing/qemu";
import { DriverLab } from "../../../testing/qemu/driver-lab";
import { createImage, qemuImg, snapshotsIn } from "../../../testing/qemu/images";

const missing = qemuMissing();

describe("what QEMU cannot take a snapshot of", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;

  it("foresees a device whose state cannot be saved, names it, and takes the disks without memory", async () => {
    const file = join(lab().lab.disks, "nvme.qcow2");
    await createImage({ file, boots: false });
    const image = { driver: "qcow2", "node-name": "nvme0", file: { driver: "file", filename: file } };
    const more = ["-blockdev", JSON.stringify(image), "-device", "nvme,drive=nvme0,serial=1,id=fast"];
    const vm = await lab().startVm({ name: "fast", more });
    const { blockers } = await lab().observe(vm);
    assert.deepEqual(
      blockers.map(({ code, blocks }) => [code, blocks]),
      [["unsaveable-device", "memory"]],
    );
    assert.match(blockers[0]?.message ?? "", /nvme.*Omit memory/);
    assert.match((await failure(lab().take(vm, "one"), "guard")).message, /non-migratable device: .*nvme/);
    await lab().take(vm, "one", { memory: false });
    assert.deepEqual(
      (await snapshotsIn(file)).map(({ name }) => name),
      ["one"],
    );
    await vm.kill();
  });

  it("foresees an image with an external data file, on and off", async () => {
    const file = join(lab().lab.disks, "outside.qcow2");
    await qemuImg("create", "-q", "-f", "qcow2", "-o", `data_file=${file}.raw`, file, "1M");
    const vm = await lab().startVm({ name: "outside", disks: [{}, { file }] });
    const forecast = async () => (await lab().observe(vm)).blockers.map(({ code, message }) => `${code}: ${message}`);
    assert.match((await forecast()).join(), /^external-data-file: the disk .*outside\.qcow2\).*outside\.qcow2\.raw/);
    assert.match((await failure(lab().take(vm, "one"), "guard")).message, /external data file/);
    await vm.powerOff();
    assert.match((await forecast()).join(), /^external-data-file/);
    assert.match((await failure(lab().take(vm, "two", { memory: false }), "guard")).message, /external data file/);
  });
});
