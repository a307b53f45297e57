import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/hypervisor-contract";
import { testContext } from "../../../testing/memory-hypervisor/context";
import { type ProxmoxPlatform, proxmox } from "../../../testing/platforms/proxmox";
import { RIGHTS, USER } from "../../../testing/simulators/proxmox";
import { recoveryPoint, snapshot } from "../../resources/point";
import type { CreateSpec } from "../contract";
import { ProxmoxHypervisor } from "./driver";
import { proxmoxSettings } from "./settings";

const KIND = "snapshot";
const AGENT = { agent: "enabled=1" };
const owner = (name: string) => `urn:pulumi:dev::app::snapstate:index:Snapshot::${name}`;

describe("the driver of Proxmox VE", () => {
  let platform: ProxmoxPlatform | undefined;
  let missing = "";
  let driver: ProxmoxHypervisor;

  before(async () => {
    const started = await proxmox(KIND);
    if (typeof started === "string") missing = started;
    else platform = started;
  });
  after(() => platform?.close());
  beforeEach(() => {
    driver = driverOf();
  });

  const driverOf = (more: object = {}) => {
    const { platform: _, ...settings } = platform?.connection ?? { endpoint: "https://none", apiToken: "a@b!c=d" };
    return new ProxmoxHypervisor(proxmoxSettings.parse({ ...settings, ...more }));
  };
  const rule = (title: string, run: (own: ProxmoxPlatform) => Promise<void>) =>
    it(title, async (t: TestContext) => {
      if (platform === undefined) return t.skip(missing);
      try {
        await run(platform);
      } finally {
        platform.simulator.faults.clear();
        platform.simulator.log = [];
        await driver.close();
      }
    });
  const spec = (change: Partial<CreateSpec> = {}): CreateSpec => ({
    name: "before",
    description: "",
    memory: false,
    ...change,
  });
  const inspect = (id: string, readiness = true) => driver.inspect(KIND, id, testCall(), { readiness });
  const create = (id: string, change: Partial<CreateSpec> = {}) =>
    driver.createPoint(KIND, id, spec(change), testCall());
  const remove = (targetId: string, pointId: string) =>
    driver.removePoint(KIND, { targetId, pointId }, { removeChildren: false, consolidate: true }, testCall());
  const vmidOf = (id: string) => Number(id.split("/")[1]);

  rule(
    "takes a snapshot with five calls at most, and refreshes N on M guests with M + 1",
    async ({ simulator, newTarget }) => {
      const targets = [await newTarget(), await newTarget(), await newTarget()];
      const made: { id: string; outputs: Record<string, unknown> }[] = [];
      for (const [number, target] of [...targets, ...targets].entries()) {
        const context = testContext(driver, owner(`s${number}`));
        const given = { target: target.name, name: `s-${number}` };
        const { inputs, failures } = await snapshot.check(undefined, given, context);
        assert.deepEqual(failures, []);
        simulator.calls.length = 0;
        made.push(await snapshot.create(inputs, context));
        const sent = simulator.calls.map(({ method, path }) => `${method} ${path.replace("/api2/json", "")}`);
        const polls = sent.filter((call) => call.endsWith("/status")).length;
        assert.ok(sent.length - (polls - 1) <= 5, sent.join("\n"));
      }
      await driver.close();
      driver = driverOf();
      simulator.calls.length = 0;
      const contexts = made.map((_, number) => testContext(driver, owner(`s${number}`)));
      await Promise.all(made.map(({ id, outputs }, number) => snapshot.read(id, outputs, contexts[number] as never)));
      const asked = simulator.calls.map(({ path }) => path.replace("/api2/json", ""));
      assert.equal(asked.length, targets.length + 1, asked.join("\n"));
    },
  );

  rule("never takes a guest that has another's vmid for it", async ({ simulator, newTarget, removeTarget, points }) => {
    const target = await newTarget();
    const { pointId } = await create(target.id);
    await removeTarget(target);
    const vmid = vmidOf(target.id);
    const disk = { scsi0: `ceph:vm-${vmid}-disk-0,size=8G` };
    await simulator.fake.do("add", { type: "qemu", vmid, name: "other", node: "pve1", config: disk });
    await simulator.fake.do("change", { vmid, snapshots: { before: { snaptime: 1_700_000_000 } } });
    const error = await failure(remove(target.id, pointId), "not-found");
    assert.match(error.message, /another one/);
    const revert = driver.revertToPoint(KIND, { targetId: target.id, pointId }, { suppressPowerOn: false }, testCall());
    await failure(revert, "not-found");
    assert.equal((await points(target)).length, 1);
  });

  rule("says that a right is missing, and never that a guest is gone, when it is not in the list", async (own) => {
    const target = await own.newTarget();
    await inspect(target.id);
    await own.simulator.rights([]);
    try {
      await driver.close();
      driver = driverOf();
      const error = await failure(inspect(target.id), "permission");
      assert.match(error.message, /VM\.Audit on \/vms\/\d+/);
      await failure(driver.findTarget(KIND, { by: "name", value: target.name }, testCall()), "not-found");
    } finally {
      await own.simulator.rights(RIGHTS);
    }
    await own.removeTarget(target);
    await failure(inspect(target.id), "not-found");
  });

  rule("says which right a create lacks", async (own) => {
    const target = await own.newTarget();
    await own.simulator.rights([["/vms", ["VM.Audit"]]]);
    try {
      const error = await failure(create(target.id), "permission");
      assert.match(error.message, /VM\.Snapshot/);
    } finally {
      await own.simulator.rights(RIGHTS);
    }
  });

  rule(
    "takes exactly one when the node's answer did not come in time (596)",
    async ({ simulator, newTarget, points }) => {
      const target = await newTarget();
      const late = { status: 596, body: "" };
      simulator.inject({ kind: "answer-after", reply: late, match: ({ method }) => method === "POST" });
      const context = testContext(driver, owner("late"));
      const { inputs } = await snapshot.check(undefined, { target: target.name, name: "late" }, context);
      const { outputs } = await snapshot.create(inputs, context);
      assert.deepEqual(
        (await points(target)).map(({ id }) => id),
        [outputs.platformId],
      );
      assert.equal(
        simulator.calls.filter(({ method, path }) => method === "POST" && path.includes(target.id)).length,
        1,
      );
    },
  );

  rule(
    "names the command for a lock that a killed task has left, and sends nothing",
    async ({ simulator, newTarget }) => {
      const target = await newTarget();
      const vmid = vmidOf(target.id);
      const snaptime = Math.floor(Date.now() / 1000) - 3600;
      const snapshots = { half: { snapstate: "prepare", snaptime } };
      await simulator.fake.do("change", { vmid, lock: "snapshot", snapshots });
      const { points, blockers, runningTasks } = await inspect(target.id);
      assert.deepEqual([points[0]?.failed, points[0]?.abandoned, runningTasks], ["prepare", false, []]);
      assert.match(blockers.map(({ message }) => message).join(), new RegExp(`qm unlock ${vmid}`));
      simulator.calls.length = 0;
      const error = await failure(remove(target.id, `half@${snaptime}`), "conflict");
      assert.match(error.message, new RegExp(`qm unlock ${vmid}. as root on node pve1`));
      assert.ok(simulator.calls.every(({ method }) => method === "GET"));
      await simulator.fake.do("change", { vmid, lock: null });
      assert.equal((await inspect(target.id)).points[0]?.abandoned, true);
    },
  );

  rule("waits for a lock that may be held, and settles when it is gone", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const vmid = vmidOf(target.id);
    await simulator.fake.do("change", { vmid, lock: "backup" });
    assert.deepEqual((await inspect(target.id)).runningTasks, [{ id: "lock backup", operation: "backup" }]);
    await failure(create(target.id), "busy");
    await failure(driver.settle(KIND, target.id, testCall({ milliseconds: 150 })), "timeout");
    await simulator.fake.do("change", { vmid, lock: null });
    await driver.settle(KIND, target.id, testCall());
    const { pointId } = await create(target.id);
    await simulator.fake.do("change", { vmid, lock: "backup" });
    const text = { description: "words" };
    await failure(driver.editPoint(KIND, { targetId: target.id, pointId }, { text }, testCall()), "busy");
  });

  rule("refuses to go back past a newer snapshot on ZFS, before anything stops", async ({ simulator }) => {
    await simulator.fake.do("storage", { name: "zp", type: "zfspool" });
    const vmid = await simulator.add("qemu", "on-zfs", { config: { scsi0: "zp:vm-1-disk-0" }, status: "running" });
    const id = `qemu/${vmid}`;
    const { pointId } = await create(id, { name: "older" });
    await create(id, { name: "newer" });
    const state = await inspect(id);
    assert.deepEqual(
      state.points.map(({ name, revertable = true }) => [name, revertable]),
      [
        ["older", false],
        ["newer", true],
      ],
    );
    const [older] = state.points;
    assert.ok(older);
    const forecast = driver.foreseeRevert(KIND, state, older, { suppressPowerOn: false });
    assert.match(forecast.refusal?.because ?? "", /newest/);
    const revert = driver.revertToPoint(KIND, { targetId: id, pointId }, { suppressPowerOn: false }, testCall());
    await failure(revert, "conflict");
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
  });

  rule("believes in a freeze only when the task's log tells of none that was skipped", async ({ simulator }) => {
    const config = { ...AGENT, scsi0: "ceph:vm-1-disk-0" };
    const vmid = await simulator.add("qemu", "frozen", { config, status: "running" });
    const id = `qemu/${vmid}`;
    assert.deepEqual((await inspect(id)).quiesceReady, { ready: true });
    const { pointId, state } = await create(id, { name: "good", quiesce: { timeoutMinutes: 1 } });
    assert.equal(state?.points[0]?.consistency, "filesystem");
    const ref = { targetId: id, pointId };
    await driver.editPoint(KIND, ref, { text: { description: "edited" } }, testCall());
    const [kept] = (await inspect(id)).points;
    assert.deepEqual([kept?.consistency, kept?.description], ["filesystem", "edited"]);
    simulator.log = ["skipping guest filesystem freeze - agent configured but not running"];
    const skipped = await create(id, { name: "bad", quiesce: { timeoutMinutes: 1 } });
    assert.equal(skipped.state?.points.find(({ name }) => name === "bad")?.consistency, "crash");

    const context = testContext(driver, owner("point"));
    const given = { target: "frozen", name: "point", consistency: "filesystem" };
    const { inputs, failures } = await recoveryPoint.check(undefined, given, context);
    assert.deepEqual(failures, []);
    await failure(recoveryPoint.create(inputs, context), "consistency");
    assert.ok(!(await inspect(id)).points.some(({ name }) => name === "point"));
  });

  rule("keeps memory of a running VM, which a revert starts; refuses it of a container", async ({ simulator }) => {
    const vmid = await simulator.add("qemu", "in-memory", { status: "running" });
    const id = `qemu/${vmid}`;
    const { pointId, state } = await create(id, { memory: true });
    assert.equal(state?.points[0]?.consistency, "memory");
    const ref = { targetId: id, pointId };
    await driver.revertToPoint(KIND, ref, { suppressPowerOn: false }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
    const container = `lxc/${await simulator.add("lxc", "boxed")}`;
    await failure(create(container, { memory: true }), "unsupported");
  });

  rule("starts a guest again that ran before its revert, unless it is to stay off", async ({ simulator }) => {
    const vmid = await simulator.add("qemu", "runs", { status: "running" });
    const ref = { targetId: `qemu/${vmid}`, pointId: (await create(`qemu/${vmid}`)).pointId };
    await driver.revertToPoint(KIND, ref, { suppressPowerOn: false }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "running");
    await driver.revertToPoint(KIND, ref, { suppressPowerOn: true }, testCall());
    assert.equal((await simulator.fake.guest(vmid))?.status, "stopped");
  });

  rule("finds a guest that has moved to another node in the middle", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await inspect(target.id);
    await simulator.fake.do("move", { vmid: vmidOf(target.id), node: "pve2" });
    assert.equal((await create(target.id)).state?.target.path, `pve2/${vmidOf(target.id)}`);
    await simulator.fake.do("move", { vmid: vmidOf(target.id), node: "pve1" });
    assert.equal((await inspect(target.id, false)).points.length, 1);
  });

  rule("says which disk excludes snapshots", async ({ simulator }) => {
    const config = { scsi0: "local:101/vm-101-disk-0.raw,size=8G" };
    const vmid = await simulator.add("qemu", "raw", { config });
    const { blockers } = await inspect(`qemu/${vmid}`);
    assert.deepEqual(
      blockers.map(({ code }) => code),
      ["no-snapshot-feature"],
    );
    assert.match(blockers[0]?.message ?? "", /scsi0 is a raw file/);
    await failure(create(`qemu/${vmid}`), "unsupported");
  });

  rule("takes warnings for success", async ({ simulator, newTarget }) => {
    const change = (body: string) => body.replace('"exitstatus": "OK"', '"exitstatus": "WARNINGS: 2"');
    simulator.inject({ kind: "changed", times: 99, change, match: ({ path }) => path.endsWith("/status") });
    const target = await newTarget();
    assert.ok((await create(target.id)).pointId);
  });

  rule("refuses names that Proxmox VE keeps for itself, and renames none", async ({ newTarget }) => {
    const target = await newTarget();
    for (const name of ["current", "PENDING", "vzdump"]) await failure(create(target.id, { name }), "bad-input");
    const { pointId } = await create(target.id);
    const edit = driver.editPoint(KIND, { targetId: target.id, pointId }, { name: "other" }, testCall());
    await failure(edit, "unsupported");
    const { inputs } = await snapshot.check(undefined, { target: target.name }, testContext(driver, owner("x")));
    for (const [name, why] of [
      ["a", /2 or more/],
      ["1st", /a letter first/],
      ["current", /keeps for itself/],
      ["before", /already/],
    ] as const) {
      const context = testContext(driver, owner("y"));
      const { failures } = await snapshot.check(undefined, { ...inputs, marker: undefined, name }, context);
      assert.match(failures.map(({ reason }) => reason).join(), why, name);
    }
  });

  rule("finds by vmid, by node and vmid, and by name; refuses a name of two", async ({ newTarget, twin }) => {
    const target = await newTarget();
    const vmid = String(vmidOf(target.id));
    for (const value of [vmid, target.id, `pve1/${vmid}`, target.name]) {
      assert.equal((await driver.findTarget(KIND, { by: "any", value }, testCall())).id, target.id, value);
    }
    await twin(target);
    const error = await failure(driver.findTarget(KIND, { by: "any", value: target.name }, testCall()), "ambiguous");
    assert.match(error.message, new RegExp(`${vmid} \\(VM on pve1\\) and \\d+`));
    assert.match(driver.selectorProblem(KIND, { by: "bios-uuid", value: "x" }) ?? "", /vmid/);
  });

  rule("signs in with a user's password, and once more when the ticket has ended", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await driver.close();
    driver = driverOf({ apiToken: undefined, username: USER.name, password: USER.password });
    const { pointId } = await create(target.id);
    const ended = { status: 401, body: "" };
    simulator.inject({ kind: "answer", reply: ended, match: ({ path }) => path.endsWith("/cluster/resources") });
    assert.equal((await driver.findTarget(KIND, { by: "id", value: target.id }, testCall())).id, target.id);
    await remove(target.id, pointId);
    assert.equal((await inspect(target.id)).points.length, 0);
    assert.throws(() => driverOf({ username: USER.name }), { kind: "bad-input" });
  });

  it("adds scheme, port and path to an endpoint, and takes a token in one form", () => {
    const parse = (endpoint: string) => proxmoxSettings.parse({ endpoint, apiToken: "a@pve!t=s" }).endpoint;
    assert.equal(parse("pve1.example.com"), "https://pve1.example.com:8006/api2/json");
    assert.equal(parse("https://pve1.example.com:443"), "https://pve1.example.com/api2/json");
    assert.ok(!proxmoxSettings.safeParse({ endpoint: "a", apiToken: "PVEAPIToken=a@pve!t" }).success);
  });
});
