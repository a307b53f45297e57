import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCli } from "../testing/cli/run-cli";
import { readConfiguration } from "./configuration";

const SETTINGS = { platform: "vsphere", endpoint: "127.0.0.1:1", username: "reader" };
const CANARY = "canary-of-a-password";

describe("where the command line's settings come from", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "snapstate-configuration-"));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function folder(name: string, files: Record<string, string> = {}): string {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    return path;
  }

  const from = (directory: string) => ({ directory, environment: {} });

  it("is the nearest snapstate.yaml upwards", async () => {
    const above = folder("project", {
      "snapstate.yaml": "connections:\n  lab: { platform: qemu, socket: /run/a.qmp }\n",
    });
    const { connections, origin, file } = await readConfiguration({}, from(folder("project/deep/er")));
    assert.deepEqual(JSON.parse(connections ?? ""), { lab: { platform: "qemu", socket: "/run/a.qmp" } });
    assert.deepEqual([origin, file], [join(above, "snapstate.yaml"), join(above, "snapstate.yaml")]);
  });

  it("is nothing where there is none", async () => {
    assert.deepEqual(await readConfiguration({}, from(folder("empty"))), { policies: {} });
  });

  it("is refused in a folder that everybody may write to, and taken when it is named", async () => {
    const open = folder("open", { "snapstate.yaml": "connections: {}\n" });
    chmodSync(open, 0o777);
    await assert.rejects(
      readConfiguration({}, from(open)),
      /its folder is writable by everyone. If you trust it, pass it with --config/,
    );
    assert.equal((await readConfiguration({ config: join(open, "snapstate.yaml") }, from(open))).connections, "{}");
  });

  for (const [what, text, said] of [
    ["no YAML", `connections:\n  lab: [${CANARY}\n`, /line \d is neither YAML nor JSON/],
    ["no map", `- ${CANARY}\n`, /it is not a map/],
    ["a setting of its own that there is none of", `conections: { lab: ${CANARY} }\n`, /conections is not a setting/],
    ["policies that are no map", `policies: ${CANARY}\n`, /policies is not a map/],
    ["an alias to nothing", `connections: *${CANARY}\n`, /alias|neither YAML/],
    ["connections that are no map", `connections: ${CANARY}\n`, /snapstate\.yaml is not a map from names to settings/],
  ] as [string, string, RegExp][]) {
    it(`that is ${what} is an error that names the file and quotes nothing of it`, async () => {
      const at = folder(`bad ${what}`, { "snapstate.yaml": text });
      const { code, stderr } = await runCli(["report"], {}, at);
      assert.equal(code, 3);
      assert.match(stderr, said);
      assert.match(stderr, /snapstate\.yaml/);
      assert.ok(!stderr.includes(CANARY), stderr);
    });
  }

  it("is named where a setting is wrong: the file, the variable, or the variable of a file", async () => {
    const misspelt = { lab: { ...SETTINGS, pasword: CANARY } };
    const at = folder("misspelt", { "snapstate.yaml": JSON.stringify({ connections: misspelt }) });
    const file = await runCli(["report"], {}, at);
    assert.match(
      file.stdout + file.stderr,
      /pasword is not a setting of vsphere; did you mean password\? \(from .*snapstate\.yaml\)/,
    );
    assert.ok(!(file.stdout + file.stderr).includes(CANARY));

    const platform = await runCli(["report"], { SNAPSTATE_LAB_PLATFORM: "vsfere" }, folder("none"));
    assert.match(platform.stderr, /unknown platform "vsfere"; did you mean vsphere\? \(from SNAPSTATE_LAB_PLATFORM\)/);

    const json = JSON.stringify({ lab: { ...SETTINGS, password: "x", concurrency: 0 } });
    const variable = await runCli(["report"], { SNAPSTATE_CONNECTIONS: json }, folder("none"));
    assert.match(variable.stderr, /concurrency: .* \(from SNAPSTATE_CONNECTIONS\)/);
  });

  it("is one of two, not both", async () => {
    const { code, stderr } = await runCli(["report", "--stack", "a", "--connections", "b"], {}, folder("none"));
    assert.equal(code, 3);
    assert.match(stderr, /--connections and --stack exclude each other/);
  });

  it("names the missing CLI where a stack was asked for", async () => {
    const { code, stderr } = await runCli(["report", "--stack", "dev"], { PATH: folder("none") }, folder("none"));
    assert.equal(code, 3);
    assert.match(stderr, /stack "dev": pulumi is not on the PATH/);
  });
});
