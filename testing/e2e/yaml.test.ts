import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { getEngine } from "../engines/engines";
import { connectionOf } from "../support/connection";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { CliProject } from "./project";

describe("a program in YAML", () => {
  let vcsim: Vcsim | string;
  before(async () => {
    vcsim = await startVcsim({ vms: 1 }).catch(missing);
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  it("takes a snapshot through the plugin on the real host, replaces it with the next commit, and removes it", async (t) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const { control } = vcsim;
    const host = await getEngine("pulumi-yaml");
    const project = await CliProject.open("yaml");
    project.environment.PATH = [dirname(host.path), project.environment.PATH].join(delimiter);
    try {
      const [vm] = await control.vms();
      assert.ok(vm);
      const connections = JSON.stringify({ vcenter: connectionOf(vcsim) });
      await project.configure({ "snapstate:connections": connections, vm: vm.path, commit: "one" });
      const taken = async () =>
        (await control.vms())[0]?.snapshots.map(({ description }) => description.split("\n")[0]);
      const first = await project.up();
      assert.equal(first.ok, true, first.text);
      assert.deepEqual(await taken(), ["Before the deploy of one"]);
      await project.configure({ commit: "two" });
      const second = await project.up();
      assert.equal(second.ok, true, second.text);
      assert.deepEqual(await taken(), ["Before the deploy of two"]);
      const end = await project.destroy();
      assert.equal(end.ok, true, end.text);
      assert.deepEqual(await taken(), []);
    } finally {
      project.remove();
    }
  });
});
