import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { EmbeddedStack } from "../engine";
import { Lab, qemuMissing, type Vm } from "../qemu";
import { snapshotsIn } from "../qemu/images";
import { packageRoot } from "../support/package-root";

/** A place on the disk that the guest leaves alone. */
const CHANGE = { at: 524_288, length: 512, value: 0xbd };

describe("examples/qemu", { skip: qemuMissing() }, () => {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-example-"));
  let lab: Lab;
  let vm: Vm;

  before(async () => {
    lab = Lab.open();
    vm = await lab.startVm({ name: "web" });
    await vm.counted(2);
  });
  after(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const stack = (config: Record<string, string> = {}) =>
    new EmbeddedStack({
      programDirectory: join(packageRoot(__dirname), "examples", "qemu"),
      stateFile: join(folder, "state.json"),
      passphrase: "example",
      environment: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
      config: {
        "snapstate:connections": JSON.stringify({ default: { platform: "qemu", directory: lab.directory } }),
        vm: "web",
        ...config,
      },
    });

  it("takes the running machine, and takes it back once somebody asks for it", async () => {
    const changed = async () => (await vm.content()).subarray(CHANGE.at, CHANGE.at + CHANGE.length).some(Boolean);
    const first = await stack().up();
    assert.ok(first.ok, first.text);
    assert.deepEqual([first.outputs.reverts, first.outputs.lostStateKeptIn], [0, ""]);
    await vm.write(0, CHANGE);

    const back = await stack({ rollback: "ticket 4711" }).up();
    assert.ok(back.ok, back.text);
    assert.equal(back.outputs.reverts, 1);
    assert.notEqual(back.outputs.lostStateKeptIn, "");
    assert.equal(await changed(), false);
    const { sinceBoot } = await vm.inRam();
    await vm.counted(sinceBoot + 1);

    await vm.write(0, CHANGE);
    const again = await stack({ rollback: "ticket 4711" }).up();
    assert.ok(again.ok, again.text);
    assert.equal(again.outputs.reverts, 1);
    assert.equal(await changed(), true);

    const gone = await stack({ rollback: "ticket 4711" }).destroy();
    assert.ok(gone.ok, gone.text);
    const left = (await snapshotsIn(vm.disks[0]?.file ?? "")).map(({ name }) => name);
    assert.match(left.join(), /^before-restore-[^,]*$/);
  });
});
