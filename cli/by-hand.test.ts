import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { decodeText, encodeText } from "../provider/platforms/ownership";
import { firstMarker } from "../provider/resources/shared/marker";
import { connectionVariables, runCli } from "../testing/cli/run-cli";
import { startVcsim, type Vcsim, type VcsimVm } from "../testing/vcsim/launcher";
import { missing } from "../testing/vcsim/test-support";

type Tree = VcsimVm["snapshots"];

describe("snapshots by hand, and policies without a stack", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  let folder: string;

  before(async () => {
    vcsim = await startVcsim({ vms: 8 }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
    folder = mkdtempSync(join(tmpdir(), "snapstate-by-hand-"));
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function on(title: string, work: (sim: Vcsim, vm: VcsimVm) => Promise<void>): void {
    it(title, (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const vm = unused.shift();
      assert.ok(vm, "the simulator has too few VMs");
      return work(vcsim, vm);
    });
  }
  const cli = (sim: Vcsim, ...args: string[]) => runCli(args, connectionVariables("VCENTER", sim));
  const there = async (sim: Vcsim, vm: VcsimVm): Promise<Tree> => {
    const flat = (list: Tree): Tree => list.flatMap((one) => [one, ...flat(one.children)]);
    return flat((await sim.control.vms()).find(({ moref }) => moref === vm.moref)?.snapshots ?? []);
  };
  const names = async (sim: Vcsim, vm: VcsimVm) => (await there(sim, vm)).map(({ name }) => name);

  on("takes a snapshot that carries a marker and its expiry, and takes it once", async (sim, vm) => {
    const args = ["snapshot", "create", vm.path, "--name", "by-hand", "--ttl", "72h", "--description", "why"];
    const unsaid = await cli(sim, ...args);
    assert.deepEqual([unsaid.code, await names(sim, vm)], [3, []]);
    assert.match(unsaid.stderr, /Nothing created: pass --dry-run or --yes/);
    const dry = await cli(sim, ...args, "--dry-run");
    assert.deepEqual([dry.code, await names(sim, vm)], [0, []], dry.stderr);
    assert.match(dry.stdout, /would create by-hand/);

    const done = await cli(sim, ...args, "--yes", "-o", "yaml");
    assert.equal(done.code, 0, done.stderr);
    const [taken] = await there(sim, vm);
    assert.ok(taken);
    assert.deepEqual([parse(done.stdout).id, parse(done.stdout).name], [taken.moref, "by-hand"]);
    const { description, ownership } = decodeText(taken.description);
    assert.deepEqual([description, ownership?.ttlSeconds], ["why", 259_200]);

    const twice = await cli(sim, ...args, "--yes");
    assert.deepEqual([twice.code, await names(sim, vm)], [3, ["by-hand"]]);
    assert.match(twice.stderr, /it has a snapshot of that name .*--reuse/);
    const reused = await cli(sim, ...args, "--yes", "--reuse", "--json");
    assert.deepEqual([reused.code, await names(sim, vm)], [0, ["by-hand"]], reused.stderr);
    assert.equal(JSON.parse(reused.stdout).id, taken.moref);
  });

  on("refuses what cannot be taken before anything is sent", async (sim, vm) => {
    await sim.control.power(vm.moref, "off");
    const off = await cli(sim, "snapshot", "create", vm.path, "--memory", "--yes", "--json");
    assert.equal(off.code, 3);
    assert.match(JSON.parse(off.stdout).error.detail, /memory/);
    const wrong = await cli(sim, "snapshot", "create", vm.path, "--ttl", "soon", "--yes");
    assert.match(wrong.stderr, /ttl: /);
    assert.deepEqual(await names(sim, vm), []);
  });

  on("finds its own snapshot after a reply that was lost", async (sim, vm) => {
    await sim.control.rules({ method: "CreateSnapshot_Task", drop: "after", max: 1 });
    const done = await cli(sim, "snapshot", "create", vm.path, "--name", "once", "--yes");
    await sim.control.rules();
    assert.deepEqual([done.code, await names(sim, vm)], [0, ["once"]], done.stderr);
  });

  on("edits in place, and keeps marker and series", async (sim, vm) => {
    const ownership = { marker: firstMarker("someone"), series: "nightly:abcdefghij", ttlSeconds: 60 };
    const id = await sim.control.createSnapshot(vm.moref, {
      name: "old",
      description: encodeText({ description: "text", ownership }),
    });
    const edited = await cli(
      sim,
      "snapshot",
      "edit",
      vm.path,
      "old",
      "--name",
      "new",
      "--ttl",
      "off",
      "--hold",
      "--yes",
    );
    assert.equal(edited.code, 0, edited.stderr);
    const [now] = await there(sim, vm);
    assert.ok(now);
    assert.deepEqual([now.moref, now.name], [id, "new"]);
    const { marker, series } = ownership;
    assert.deepEqual(decodeText(now.description), { description: "text", ownership: { marker, series, hold: true } });

    const held = await cli(sim, "snapshot", "delete", vm.path, "new", "--yes");
    assert.deepEqual([held.code, await names(sim, vm)], [3, ["new"]]);
    assert.match(held.stderr, /on hold: "new"/);
    const nothing = await cli(sim, "snapshot", "edit", vm.path, "new", "--yes");
    assert.match(nothing.stderr, /no change was given/);
    const gone = await cli(sim, "snapshot", "delete", vm.path, "new", "--yes", "--include-held");
    assert.deepEqual([gone.code, await names(sim, vm)], [0, []], gone.stderr);
  });

  on("edits name and description of a foreign snapshot and leaves it foreign", async (sim, vm) => {
    await sim.control.createSnapshot(vm.moref, { name: "foreign", description: "theirs" });
    const edited = await cli(sim, "snapshot", "edit", vm.path, "foreign", "--name", "renamed", "--yes");
    assert.equal(edited.code, 0, edited.stderr);
    const [now] = await there(sim, vm);
    assert.deepEqual([now?.name, now?.description], ["renamed", "theirs"]);
    const held = await cli(sim, "snapshot", "edit", vm.path, "renamed", "--hold", "--yes");
    assert.match(held.stderr, /it is foreign/);
  });

  on("reverts with a safety snapshot, and deletes all after the VM's name was spelt out", async (sim, vm) => {
    const first = await sim.control.createSnapshot(vm.moref, { name: "first", description: "" });
    await sim.control.createSnapshot(vm.moref, { name: "second", description: "" });
    const missing = await cli(sim, "snapshot", "revert", vm.path, "third", "--yes");
    assert.match(missing.stderr, /it has "first" \(.*\), "second" \(/);
    const done = await cli(sim, "snapshot", "revert", vm.path, "first", "--yes", "--json");
    assert.equal(done.code, 0, done.stderr);
    const result = JSON.parse(done.stdout);
    assert.equal(result.id, first);
    assert.ok((await there(sim, vm)).some(({ moref }) => moref === result.safetySnapshotId));
    const bare = await cli(sim, "snapshot", "revert", vm.path, "first", "--no-safety-snapshot", "--yes");
    assert.equal(bare.code, 3, "without its name spelt out nothing may be lost");
    assert.match(bare.stderr, /confirm/);

    const all = ["snapshot", "delete", "--all", vm.path];
    const unsaid = await cli(sim, ...all, "--yes");
    assert.match(unsaid.stderr, /Nothing removed: pass --dry-run or --confirm/);
    const other = await cli(sim, ...all, "--confirm", "other");
    assert.match(other.stderr, /is not .*, the name of the target/);
    const dry = await cli(sim, ...all, "--dry-run");
    assert.match(dry.stderr, /would delete "first" .*foreign/);
    assert.equal((await there(sim, vm)).length, 3);
    const gone = await cli(sim, ...all, "--confirm", vm.name);
    assert.deepEqual([gone.code, await names(sim, vm)], [0, []], gone.stderr);
  });

  on("takes and prunes a declared series, once for each trigger", async (sim, vm) => {
    const { host, port, username, fingerprint } = sim;
    const connections = { lab: { platform: "vsphere", endpoint: `${host}:${port}`, username, fingerprint } };
    const file = join(folder, "snapstate.yaml");
    const policies = { nightly: { targets: [vm.path], keepLast: 2 } };
    writeFileSync(file, JSON.stringify({ connections, policies }));
    const environment = { SNAPSTATE_LAB_PASSWORD: sim.password };
    const run = (...args: string[]) => runCli(["policy", "run", ...args], environment, folder);
    const dry = await run("--dry-run");
    assert.deepEqual([dry.code, await names(sim, vm)], [0, []], dry.stderr);
    for (const trigger of ["1", "2", "2", "3"]) {
      const { code, stderr } = await run("nightly", "--trigger", trigger);
      assert.equal(code, 0, stderr);
    }
    assert.equal((await there(sim, vm)).length, 2, "three were taken, and the oldest is pruned");
    await sim.control.createSnapshot(vm.moref, { name: "foreign", description: "" });
    const told = await run("--json");
    const [result] = JSON.parse(told.stdout).policies;
    assert.deepEqual([result.policy, result.taken, result.pruned, result.snapshots], ["nightly", true, 1, 2]);
    assert.equal((await names(sim, vm)).filter((name) => name === "foreign").length, 1);

    const misspelt = await run("nigthly");
    assert.equal(misspelt.code, 3);
    assert.match(misspelt.stderr, /did you mean nightly\?/);
    writeFileSync(file, JSON.stringify({ connections, policies: { nightly: { targets: [vm.path], keepLasst: 2 } } }));
    const wrong = await run();
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /keepLasst: is not a property; did you mean keepLast\?.*snapstate\.yaml/);
    writeFileSync(
      file,
      JSON.stringify({ connections, policies: { due: { targets: [vm.path], schedule: "0 0 1 1 *", keepLast: 2 } } }),
    );
    assert.match((await run()).stdout, /^due: taken/);
    assert.match((await run()).stdout, /^due: not due, 0 pruned, 1 snapshot in the series$/m);
  });
});
