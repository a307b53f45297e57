import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { encodeText, type Notes } from "../provider/platforms/ownership";
import { firstMarker } from "../provider/resources/shared/marker";
import { connectionVariables, runCli } from "../testing/cli/run-cli";
import { until } from "../testing/platforms/harness";
import { startVcsim, type Vcsim, type VcsimVm } from "../testing/vcsim/launcher";
import { missing } from "../testing/vcsim/test-support";

const marker = firstMarker("owner");
const marked = (description: string, notes: Notes = {}) => encodeText({ description, ownership: { marker, ...notes } });
const PAST = "2020-01-01T00:00:00.000Z";
const ESCAPE = "\u001b";

describe("the command line", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  let folder: string;

  before(async () => {
    vcsim = await startVcsim({ vms: 14 }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
    folder = mkdtempSync(join(tmpdir(), "snapstate-cli-"));
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A case with a VM that no other case has. */
  function on(title: string, work: (sim: Vcsim, vm: VcsimVm) => Promise<void>): void {
    it(title, (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const vm = unused.shift();
      assert.ok(vm, "the simulator has too few VMs");
      return work(vcsim, vm);
    });
  }
  const cli = (sim: Vcsim, ...args: string[]) => runCli(args, connectionVariables("VCENTER", sim));
  let lastTaken = 0;
  const snapshot = async (sim: Vcsim, vm: VcsimVm, name: string, description = "") => {
    const taken = await sim.control.createSnapshot(vm.moref, { name, description });
    lastTaken = Date.now();
    return taken;
  };
  /** Ages are whole seconds. Mostly the commands in between have taken longer. */
  const olderThanASecond = () => until(() => Date.now() > lastTaken + 1000);
  const names = async (sim: Vcsim, vm: VcsimVm) => {
    const now = (await sim.control.vms()).find(({ moref }) => moref === vm.moref);
    const flat = (list: VcsimVm["snapshots"]): string[] => list.flatMap((one) => [one.name, ...flat(one.children)]);
    return flat(now?.snapshots ?? []);
  };

  on("draws the tree of a VM with the place where it is", async (sim, vm) => {
    const first = await snapshot(sim, vm, "first", marked("why", { ttlSeconds: 3600 }));
    await snapshot(sim, vm, "second");
    await sim.control.revert(vm.moref, first);
    const { code, stdout, stderr } = await cli(sim, "tree", vm.path);
    assert.deepEqual([code, stderr], [0, ""], stderr);
    const [head, , ...lines] = stdout.trimEnd().split("\n");
    assert.match(head ?? "", new RegExp(`^${vm.path}  ${vm.moref} · powered off · 2 snapshots`));
    assert.match(lines[0] ?? "", /^● first {2,}\d+s .* {2,}in 59m {2,}managed {2,}crash {2,}snapshot-\d+$/);
    assert.match(lines[1] ?? "", /^├─○ second .*foreign/);
    assert.equal(lines[2], "◉ you are here");
    assert.doesNotMatch(stdout, new RegExp(ESCAPE), "no colours into a pipe");
  });

  on("gives the tree as JSON", async (sim, vm) => {
    await snapshot(sim, vm, "one", marked("why", { expiresAt: PAST, hold: true }));
    const { code, stdout } = await cli(sim, "tree", vm.name, "--json", "-c", "vcenter");
    assert.equal(code, 0);
    const tree = JSON.parse(stdout);
    assert.deepEqual([tree.targetId, tree.connection, tree.snapshots.length], [vm.moref, "vcenter", 1]);
    const { name, description, managed, hold, expired, expiresAt } = tree.snapshots[0];
    assert.deepEqual(
      { name, description, managed, hold, expired, expiresAt },
      { name: "one", description: "why", managed: true, hold: true, expired: true, expiresAt: PAST },
    );
  });

  on("lets no name act on the terminal", async (sim, vm) => {
    await snapshot(sim, vm, "safe \u202egnp.exe\u0085 end");
    const { stdout } = await cli(sim, "tree", vm.path);
    assert.match(stdout, /safe \\u202egnp\.exe\\x85 end/);
  });

  on("reports on named VMs, with the exit code of the most severe finding", async (sim, vm) => {
    const fine = await cli(sim, "report", vm.path, "--one-line");
    assert.equal(fine.code, 0);
    assert.match(fine.stdout, /^OK: no snapshots on 1 VM \| snapshots=0 expired=0 .*oldest=0s\n$/);

    await snapshot(sim, vm, "over", marked("", { expiresAt: PAST }));
    const expired = await cli(sim, "report", vm.path);
    assert.equal(expired.code, 1);
    assert.match(expired.stdout, /^WARNING: 1 snapshot on 1 of 1 VM, .*oldest \d+s, 1 expired\n/);
    assert.match(expired.stdout, new RegExp(`^${vm.path} .*over .*ago .*managed .*expired$`, "m"));

    await olderThanASecond();
    const critical = await cli(sim, "report", vm.path, "--critical-age", "0s", "--warn-age", "off", "--one-line");
    assert.equal(critical.code, expired.code === 1 ? 2 : -1, critical.stdout);
    assert.match(critical.stdout, /^CRITICAL: .* 1 old/);

    const never = await cli(sim, "report", vm.path, "--fail-on", "never");
    assert.equal(never.code, 0);
    const spared = await cli(sim, "report", vm.path, "--exclude-snapshot", "ov?r");
    assert.equal(spared.code, 0);
    const left = await cli(sim, "report", vm.path, "--exclude", `*/${vm.name}`);
    assert.match(left.stdout, /^OK: no snapshots on 0 VMs/);
  });

  on("reports on the whole connection as JSON, and says which VM could not be read", async (sim, vm) => {
    await snapshot(sim, vm, "foreign one");
    const { code, stdout } = await cli(sim, "report", "--json", "--foreign", "critical");
    assert.equal(code, 2);
    const report = JSON.parse(stdout);
    assert.equal(report.status, "critical");
    assert.equal(report.vms, (await sim.control.vms()).length);
    const found = report.targets.find((target: { targetId: string }) => target.targetId === vm.moref);
    assert.deepEqual(
      found.snapshots[0].findings.map((finding: { code: string }) => finding.code),
      ["foreign"],
    );

    const partly = await cli(sim, "report", vm.path, "no such VM", "--json");
    assert.equal(partly.code, 3);
    assert.equal(JSON.parse(partly.stdout).failures[0].kind, "not-found");
    assert.match(partly.stderr, /^not read: .*no such VM/);
    const still = await cli(sim, "report", "no such VM", "--fail-on", "never");
    assert.equal(still.code, 3, "what nobody looked at is not fine");
  });

  on("asks few calls for a whole fleet", async (sim) => {
    await sim.control.calls({ reset: true });
    assert.equal((await cli(sim, "report", "--one-line", "--fail-on", "never")).code, 0);
    const calls = await sim.control.calls();
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    assert.ok(total <= 6, JSON.stringify(calls));
  });

  on("checks whether a VM is ready", async (sim, vm) => {
    const ready = await cli(sim, "check", vm.path, "--json");
    assert.equal(JSON.parse(ready.stdout).ready, true);
    assert.deepEqual([ready.code, ready.stderr], [0, ""], "what was not asked for fails nothing");
    await sim.control.power(vm.moref, "off");
    for (const [flag, line] of [
      ["--memory", /✘ With memory: unavailable \(it is powered off/],
      ["--quiesced", /✘ Quiesced: unavailable \(/],
    ] as const) {
      const asked = await cli(sim, "check", vm.path, flag);
      assert.equal(asked.code, 2, asked.stdout);
      assert.match(asked.stdout, line);
      assert.doesNotMatch(asked.stdout, /unavailable \((no|Quiesced|it cannot)/, "the reason alone");
    }
    await sim.control.setHardware(vm.moref, { sharedBus: "physicalSharing" });
    const not = await cli(sim, "check", vm.path);
    assert.equal(not.code, 2);
    assert.match(not.stdout, /✘ Disks: unavailable[\s\S]*blocked: .*bus/i);
  });

  on("prunes what has expired, and neither what is foreign, held or not due", async (sim, vm) => {
    await snapshot(sim, vm, "foreign");
    await snapshot(sim, vm, "over", marked("", { expiresAt: PAST }));
    await snapshot(sim, vm, "held", marked("", { expiresAt: PAST, hold: true }));
    await snapshot(sim, vm, "later", marked("", { ttlSeconds: 3600 }));
    await snapshot(sim, vm, "forever", marked(""));
    await snapshot(sim, vm, "series", marked("", { series: "nightly:abcdefghij" }));
    const all = ["foreign", "over", "held", "later", "forever", "series"];

    const neither = await cli(sim, "prune", vm.path);
    assert.deepEqual([neither.code, await names(sim, vm)], [3, all]);
    assert.match(neither.stderr, /Nothing removed: pass --dry-run or --yes/);

    const dry = await cli(sim, "prune", vm.path, "--dry-run");
    assert.deepEqual([dry.code, await names(sim, vm)], [0, all]);
    assert.match(dry.stdout, /would remove .* over .*expired at 2020/);
    for (const line of dry.stdout.split("\n")) assert.ok(line.length <= 100, line);
    for (const kept of [
      /keep .* foreign .*foreign$/m,
      /keep .* held .*on hold$/m,
      /keep .* forever .*never expires$/m,
    ]) {
      assert.match(dry.stdout, kept);
    }

    const done = await cli(sim, "prune", vm.path, "--yes", "--json");
    assert.deepEqual(
      [done.code, await names(sim, vm)],
      [0, ["foreign", "held", "later", "forever", "series"]],
      done.stderr,
    );
    assert.equal(JSON.parse(done.stdout).removed, 1);

    await olderThanASecond();
    const plain = await cli(sim, "prune", vm.path, "--yes", "--older-than", "0s", "--include-foreign");
    assert.deepEqual([plain.code, await names(sim, vm)], [0, ["held", "series"]], plain.stderr);
    const held = await cli(sim, "prune", vm.path, "--yes", "--include-held");
    assert.deepEqual([held.code, await names(sim, vm)], [0, ["series"]]);
    const series = await cli(sim, "prune", vm.path, "--yes", "--older-than", "0s", "--include-series");
    assert.deepEqual([series.code, await names(sim, vm)], [0, []]);
  });

  on("says which snapshot could not be removed, and removes the others", async (sim, vm) => {
    const stays = await snapshot(sim, vm, "stays", marked("", { expiresAt: PAST }));
    await snapshot(sim, vm, "goes", marked("", { expiresAt: PAST }));
    await sim.control.rules({ method: "RemoveSnapshot_Task", object: stays, fault: "NoPermission" });
    try {
      const { code, stdout, stderr } = await cli(sim, "prune", vm.path, "--yes");
      assert.deepEqual([code, await names(sim, vm)], [3, ["stays"]]);
      assert.match(stdout, /^1 snapshot removed$/m);
      assert.match(stderr, /^not removed: .*"stays"/m);
    } finally {
      await sim.control.rules();
    }
  });

  for (const [what, args, said] of [
    ["no VM", ["prune", "--yes"], /List VMs, or use --all/],
    ["VMs and all of them", ["prune", "a", "--all", "--dry-run"], /Use one of them/],
    ["a dry run that removes", ["prune", "a", "--yes", "--dry-run"], /exclude each other/],
    ["foreign ones without an age", ["prune", "a", "--dry-run", "--include-foreign"], /Use --older-than/],
    ["a duration that is none", ["report", "--warn-age", "soon"], /Use a number and a unit/],
    ["a size that is none", ["report", "--warn-size", "big"], /such as 500M/],
    ["an unknown option", ["tree", "a", "--password", "x"], /unknown option '--password'/],
    ["an unknown command", ["destroy"], /unknown command 'destroy'/],
    ["a connection that is not there", ["check", "a", "-c", "nothing"], /no connection has that name/],
    ["a file that is not there", ["report", "--connections", "/nonexistent"], /there is no such file/],
    ["no connection at all", ["report"], /none is configured/],
  ] as [string, string[], RegExp][]) {
    it(`refuses ${what} with exit code 3`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 3, stdout + stderr);
      assert.match(stderr, said);
    });
  }

  for (const args of [
    ["tree", "a"],
    ["check", "a"],
    ["report"],
    ["snapshot", "delete", "a", "b"],
    ["tree"],
    ["policy", "run"],
  ]) {
    it(`gives errors of \`${args.join(" ")}\` one shape`, async () => {
      const { code, stdout } = await runCli([...args, "--json"]);
      assert.equal(code, 3);
      const { error } = JSON.parse(stdout);
      assert.equal(error.kind, "bad-input");
      for (const key of ["operation", "detail", "message"]) assert.equal(typeof error[key], "string", key);
    });
  }

  on("shows each call with --verbose, and no secret", async (sim, vm) => {
    const { code, stdout, stderr } = await cli(sim, "tree", vm.path, "--verbose", "--json");
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).targetId, vm.moref);
    const calls = stderr.trimEnd().split("\n");
    const line = /^\d\d:\d\d:\d\d\.\d{3} {2}127\.0\.0\.1:\d+ {2}(\w+) {2}200 {2}\d+ ms {2}\(.+\)$/;
    const operations = calls.map((call) => line.exec(call)?.[1]);
    assert.deepEqual([operations[0], operations[1], operations.at(-1)], ["RetrieveServiceContent", "Login", "Logout"]);
    assert.ok(operations.every(Boolean), stderr);
    for (const secret of [sim.username, sim.password]) assert.ok(!stderr.includes(secret));
  });

  it("helps, and tells its version", async () => {
    const help = await runCli(["--help"]);
    assert.equal(help.code, 0);
    for (const command of ["tree", "report", "check", "prune"])
      assert.match(help.stdout, new RegExp(`^ +${command} `, "m"));
    assert.match(help.stdout, /Exit codes: 0 OK, 1 warning, 2 critical, 3 unknown or failed/);
    assert.match((await runCli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  on("takes connections from a file, and never shows the password", async (sim, vm) => {
    const file = join(folder, "connections.json");
    const { PLATFORM: _, ...rest } = { PLATFORM: "", platform: "vsphere", endpoint: `${sim.host}:${sim.port}` };
    const settings = { ...rest, username: sim.username, fingerprint: sim.fingerprint };
    writeFileSync(file, JSON.stringify({ lab: settings }));
    const right = await runCli(["tree", vm.path, "--connections", file], { SNAPSTATE_LAB_PASSWORD: sim.password });
    assert.equal(right.code, 0, right.stderr);
    const wrong = await runCli(["tree", vm.path, "--connections", file, "--json"], {
      SNAPSTATE_LAB_PASSWORD: "canary-of-a-password",
    });
    assert.equal(wrong.code, 3);
    assert.equal(JSON.parse(wrong.stdout).error.kind, "auth");
    assert.doesNotMatch(wrong.stdout + wrong.stderr, /canary/);
  });

  on("writes pictures into files", async (sim, vm) => {
    await snapshot(sim, vm, `<a "b">`);
    const file = (name: string) => join(folder, name);
    const drawn = ["--mermaid", file("tree.md"), "--svg", file("tree.svg"), "--html", file("tree.html")];
    const { code, stdout, stderr } = await cli(sim, "report", vm.path, ...drawn);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^OK: 1 snapshot/);
    assert.match(readFileSync(file("tree.md"), "utf8"), /^flowchart LR\n[\s\S]*#60;a #34;b#34;#62;/);
    assert.match(readFileSync(file("tree.svg"), "utf8"), /^<svg [\s\S]*&lt;a &quot;b&quot;&gt;[\s\S]*<\/svg>\n$/);
    assert.match(readFileSync(file("tree.html"), "utf8"), /^<!doctype html>/i);
    const piped = await cli(sim, "tree", vm.path, "--mermaid", "-");
    assert.match(piped.stdout, /^flowchart LR\n/);
    const nowhere = await cli(sim, "tree", vm.path, "--svg", join(folder, "no", "such", "folder.svg"));
    assert.equal(nowhere.code, 3);
  });
});
