import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { DriverLab } from "../../../testing/qemu/driver-lab";
import { qemuImg, snapshotsIn } from "../../../testing/qemu/images";

const missing = qemuMissing();
const MARKER = "b".repeat(26);

describe("the file beside the disk", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  after(() => real?.close());
  const lab = () => real as DriverLab;
  const sidecar = (vm: Vm) => `${vm.disks[0]?.file}.snapstate.json`;
  const shape = async (vm: Vm) =>
    (await lab().snapshots(vm)).map(({ name, description, ownership, depth, isCurrent }) => [
      ...[name, description, ownership?.marker, depth, isCurrent],
    ]);

  /** A VM that is off, with a marked snapshot, one of a user below it, and both in the file. */
  async function two(name: string): Promise<Vm> {
    const vm = await lab().startVm({ name });
    await vm.powerOff();
    await lab().take(vm, "first", { memory: false, description: "why", ownership: { marker: MARKER } });
    await lab().take(vm, "second", { memory: false, description: "by hand" });
    assert.deepEqual(await shape(vm), [
      ["first", "why", MARKER, 1, false],
      ["second", "by hand", undefined, 2, true],
    ]);
    return vm;
  }

  it("is lost: every snapshot is there, the marked one is known, and what is not known is not made up", async () => {
    const vm = await two("lost");
    rmSync(sidecar(vm));
    const gaps = [
      ["first", "", MARKER, 1, false],
      ["second", "", undefined, 1, false],
    ];
    assert.deepEqual(await shape(vm), gaps);
    await lab().take(vm, "third", { memory: false });
    assert.deepEqual(await shape(vm), [...gaps, ["third", "", undefined, 1, true]]);
    for (const { id } of await lab().snapshots(vm)) await lab().remove(vm, id);
    assert.deepEqual(await snapshotsIn(vm.disks[0]?.file as string), []);
  });

  for (const [what, text] of [
    ["cut off", '{"version":1,"current":"fi'],
    ["of another kind", '{"version":1,"points":[]}'],
    ["empty", ""],
  ] as const) {
    it(`is ${what}: it is said, and kept aside when a new one is written`, async () => {
      const vm = await two(what.replaceAll(" ", "-"));
      writeFileSync(sidecar(vm), text);
      const call = testCall();
      const { snapshots } = await lab().driver.inspect("snapshot", vm.uuid, call);
      assert.deepEqual(
        snapshots.map(({ name }) => name),
        ["first", "second"],
      );
      const warnings = call.reports.filter(({ severity }) => severity === "warning");
      assert.match(warnings.map(({ message }) => message).join(), /snapstate\.json is damaged.*unknown/);
      await lab().take(vm, "third", { memory: false });
      const folder = dirname(sidecar(vm));
      const aside = readdirSync(folder).filter((file) => file.startsWith(`${vm.name}-0.qcow2.snapstate.json.damaged-`));
      assert.deepEqual(
        aside.map((file) => readFileSync(join(folder, file), "utf8")),
        [text],
      );
    });
  }

  it("is of a newer version: nothing is touched", async () => {
    const vm = await two("newer");
    const text = '{"version":2,"tree":{}}';
    writeFileSync(sidecar(vm), text);
    const spec = { name: "third", description: "", memory: false };
    const error = await failure(lab().driver.createSnapshot("snapshot", vm.uuid, spec, testCall()), "unsupported");
    assert.match(error.message, /has version 2, written by a newer snapstate/);
    assert.equal(readFileSync(sidecar(vm), "utf8"), text);
    assert.equal((await snapshotsIn(vm.disks[0]?.file as string)).length, 2);
  });

  it("tells of snapshots that were removed by hand, which are then gone from the tree", async () => {
    const vm = await two("removed");

    await qemuImg(
      "snapshot",
      "-d",
      (await snapshotsIn(vm.disks[0]?.file as string))[0]?.name as string,
      vm.disks[0]?.file as string,
    );
    assert.deepEqual(await shape(vm), [["second", "by hand", undefined, 1, true]]);
  });
});
