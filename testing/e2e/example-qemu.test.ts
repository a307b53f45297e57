import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Lab, qemuMissing, type Vm } from "../qemu";
import { snapshotsIn } from "../qemu/images";
import { CliProject } from "./project";

/** An offset on the disk that the guest does not use. */
const CHANGE = { at: 524_288, length: 512, value: 0xbd };

describe("examples/qemu", { skip: qemuMissing() }, () => {
  let project: CliProject;
  let lab: Lab;
  let vm: Vm;

  before(async () => {
    lab = Lab.open();
    vm = await lab.startVm({ name: "web" });
    await vm.counted(2);
    project = await CliProject.open("qemu");
    const connections = JSON.stringify({ default: { platform: "qemu", directory: lab.directory } });
    await project.configure({ "snapstate:connections": connections, vm: "web" });
  });
  after(async () => {
    await lab?.close();
    project?.remove();
  });

  const up = async (config: Record<string, string> = {}) => {
    await project.configure(config);
    const said = await project.up();
    assert.ok(said.ok, said.text);
    return project.outputs();
  };

  it("takes the running machine, and takes it back once somebody asks for it", async () => {
    const changed = async () => (await vm.content()).subarray(CHANGE.at, CHANGE.at + CHANGE.length).some(Boolean);
    const first = await up();
    assert.deepEqual([first.reverts, first.lostStateKeptIn], [0, ""]);
    await vm.write(0, CHANGE);

    const back = await up({ rollback: "ticket 4711" });
    assert.equal(back.reverts, 1);
    assert.notEqual(back.lostStateKeptIn, "");
    assert.equal(await changed(), false);
    const { sinceBoot } = await vm.inRam();
    await vm.counted(sinceBoot + 1);

    await vm.write(0, CHANGE);
    assert.equal((await up()).reverts, 1);
    assert.equal(await changed(), true);

    const gone = await project.destroy();
    assert.ok(gone.ok, gone.text);
    const left = (await snapshotsIn(vm.disks[0]?.file ?? "")).map(({ name }) => name);
    assert.match(left.join(), /^before-restore-[^,]*$/);
  });
});
