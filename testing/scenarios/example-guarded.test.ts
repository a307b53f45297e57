import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { EmbeddedStack } from "../engine";
import { packageRoot } from "../support/package-root";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { connectionOf } from "./stack";

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
    const connections = { secret: JSON.stringify({ default: connectionOf(vcsim) }) };
    const up = (version: string) =>
      new EmbeddedStack({
        programDirectory: join(packageRoot(__dirname), "examples", "guarded-change"),
        stateFile: join(folder, "state.json"),
        passphrase: "example",
        environment: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
        config: {
          "snapstate:connections": connections,
          vm: vm.path,
          version,
          // The deploy says what it does, and the second version is a bad one.
          command: `echo "$VM $VERSION" >> '${folder}/deploys' && test "$VERSION" != 2`,
        },
      }).up();
    const first = await up("1");
    assert.ok(first.ok, first.text);
    const failed = await up("2");
    assert.equal(failed.ok, false);
    assert.match(failed.text, /reverted VM/);
    const [after] = await vcsim.control.vms();
    assert.equal(after?.current, after?.snapshots[0]?.moref);
    assert.equal(after?.power, "poweredOn");
    const third = await up("3");
    assert.ok(third.ok, third.text);
    assert.deepEqual((await vcsim.control.vms())[0]?.snapshots, []);
    assert.equal(third.outputs.deployed, "3");
  });
});
