import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Lab, qemuMissing } from "../qemu";
import { snapshotsIn } from "../qemu/images";
import { connectionOf } from "../support/connection";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { CliProject } from "./project";

let vcsim: Vcsim | undefined;
let missing: string | undefined;
const folder = mkdtempSync(join(tmpdir(), "snapstate-example-"));

before(async () => {
  try {
    vcsim = await startVcsim({ vms: 1 });
  } catch (error) {
    if (!(error instanceof GoMissingError)) throw error;
    missing = error.message;
  }
});
after(async () => {
  await vcsim?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("examples/guarded-change", () => {
  it("deploys, and reverts a deploy that fails", async (t) => {
    if (vcsim === undefined) return t.skip(missing);
    const [vm] = await vcsim.control.vms();
    assert.ok(vm);
    const config = {
      "snapstate:connections": JSON.stringify({ default: connectionOf(vcsim) }),
      vm: vm.path,
      // The deploy prints what it does, and the second version fails.
      command: `echo "$VM $VERSION" >> '${folder}/deploys' && test "$VERSION" != 2`,
    };
    const project = await CliProject.open("guarded-change");
    t.after(() => project.remove());
    const up = async (more: Record<string, string>) => {
      await project.configure(more);
      return project.up();
    };
    const first = await up({ ...config, version: "1" });
    assert.ok(first.ok, first.text);
    const failed = await up({ version: "2" });
    assert.equal(failed.ok, false);
    assert.match(failed.text, /reverted VM/);
    const [after] = await vcsim.control.vms();
    assert.equal(after?.current, after?.snapshots[0]?.moref);
    assert.equal(after?.power, "poweredOn");
    const third = await up({ version: "3" });
    assert.ok(third.ok, third.text);
    assert.deepEqual((await vcsim.control.vms())[0]?.snapshots, []);
    assert.equal((await project.outputs()).deployed, "3");
  });

  it("on a real VM brings back the disk and the memory from before the deploy", async (t) => {
    const without = qemuMissing();
    if (without !== undefined) return t.skip(without);
    const lab = Lab.open();
    t.after(() => lab.close());
    const vm = await lab.startVm({ name: "web", disks: [{}, { mebibytes: 2 }] });
    const byte = async () => (await vm.content(1))[65_600];
    await vm.write(1, { at: 65_536, length: 512, value: 0x11 });
    const [started, done] = [join(folder, "started"), join(folder, "done")];
    const config = {
      "snapstate:connections": JSON.stringify({ default: { platform: "qemu", directory: lab.directory } }),
      vm: "web",
      command: `touch '${started}'; while [ ! -e '${done}' ]; do sleep 0.05; done; exit 1`,
    };
    const project = await CliProject.open("guarded-change");
    t.after(() => project.remove());
    await project.configure({ ...config, version: "1" });
    const deploying = project.up();
    while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await vm.inRam();
    // The deploy's effect inside the VM, whose guest continues to count.
    await vm.write(1, { at: 65_536, length: 512, value: 0x22 });
    const late = await vm.counted(before.sinceBoot + 36);
    writeFileSync(done, "");
    const failed = await deploying;
    assert.equal(failed.ok, false, failed.text);
    assert.match(failed.text, /reverted VM web/);
    assert.equal(await byte(), 0x11);
    assert.ok((await vm.inRam()).sinceBoot < late.sinceBoot);
    assert.equal((await snapshotsIn(vm.disks[0]?.file as string)).length, 1);

    await project.configure({ version: "2", command: "true" });
    const good = await project.up();
    assert.ok(good.ok, good.text);
    assert.deepEqual([await snapshotsIn(vm.disks[0]?.file as string), (await project.outputs()).deployed], [[], "2"]);
  });
});
