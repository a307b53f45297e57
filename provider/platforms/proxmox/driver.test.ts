import assert from "node:assert/strict";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { testContext } from "../../../testing/memory-driver/context";
import { RIGHTS, USER } from "../../../testing/simulators/proxmox";
import { describeDriver, KIND, vmidOf } from "../../../testing/simulators/proxmox/describe-driver";
import { snapshot } from "../../resources/snapshot";
import { proxmoxSettings } from "./settings";

const owner = (name: string) => `urn:pulumi:dev::app::snapstate:index:Snapshot::${name}`;

describeDriver("the driver of Proxmox VE", (rule, { driver, reopen, driverOf, inspect, create, remove }) => {
  rule(
    "takes a snapshot with five calls at most, and refreshes N on M guests with M + 1",
    async ({ simulator, newTarget }) => {
      const targets = [await newTarget(), await newTarget(), await newTarget()];
      const made: { id: string; outputs: Record<string, unknown> }[] = [];
      for (const [number, target] of [...targets, ...targets].entries()) {
        const context = testContext(driver(), owner(`s${number}`));
        const given = { target: target.name, name: `s-${number}` };
        const { inputs, failures } = await snapshot.check(undefined, given, context);
        assert.deepEqual(failures, []);
        simulator.calls.length = 0;
        made.push(await snapshot.create(inputs, context));
        const sent = simulator.calls.map(({ method, path }) => `${method} ${path.replace("/api2/json", "")}`);
        const polls = sent.filter((call) => call.endsWith("/status")).length;
        assert.ok(sent.length - (polls - 1) <= 5, sent.join("\n"));
      }
      await reopen();
      simulator.calls.length = 0;
      const contexts = made.map((_, number) => testContext(driver(), owner(`s${number}`)));
      await Promise.all(made.map(({ id, outputs }, number) => snapshot.read(id, outputs, contexts[number] as never)));
      const asked = simulator.calls.map(({ path }) => path.replace("/api2/json", ""));
      assert.equal(asked.length, targets.length + 1, asked.join("\n"));
    },
  );

  rule(
    "never takes a guest that has another's vmid for it",
    async ({ simulator, newTarget, removeTarget, snapshots }) => {
      const target = await newTarget();
      const { snapshotId } = await create(target.id);
      await removeTarget(target);
      const vmid = vmidOf(target.id);
      const disk = { scsi0: `ceph:vm-${vmid}-disk-0,size=8G` };
      await simulator.fake.do("add", { type: "qemu", vmid, name: "other", node: "pve1", config: disk });
      await simulator.fake.do("change", { vmid, snapshots: { before: { snaptime: 1_700_000_000 } } });
      const error = await failure(remove(target.id, snapshotId), "not-found");
      assert.match(error.message, /another snapshot/);
      const revert = driver().revertToSnapshot(
        KIND,
        { targetId: target.id, snapshotId },
        { suppressPowerOn: false },
        testCall(),
      );
      await failure(revert, "not-found");
      assert.equal((await snapshots(target)).length, 1);
    },
  );

  rule("says that a right is missing, and never that a guest is gone, when it is not in the list", async (own) => {
    const target = await own.newTarget();
    await inspect(target.id);
    await own.simulator.rights([]);
    try {
      await reopen();
      const error = await failure(inspect(target.id), "permission");
      assert.match(error.message, /VM\.Audit on \/vms\/\d+/);
      await failure(driver().findTarget(KIND, { by: "name", value: target.name }, testCall()), "not-found");
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
    async ({ simulator, newTarget, snapshots }) => {
      const target = await newTarget();
      const late = { status: 596, body: "" };
      simulator.inject({ kind: "answer-after", reply: late, match: ({ method }) => method === "POST" });
      const context = testContext(driver(), owner("late"));
      const { inputs } = await snapshot.check(undefined, { target: target.name, name: "late" }, context);
      const { outputs } = await snapshot.create(inputs, context);
      assert.deepEqual(
        (await snapshots(target)).map(({ id }) => id),
        [outputs.platformId],
      );
      assert.equal(
        simulator.calls.filter(({ method, path }) => method === "POST" && path.includes(target.id)).length,
        1,
      );
    },
  );

  rule("refuses names that Proxmox VE keeps for itself, and renames none", async ({ newTarget }) => {
    const target = await newTarget();
    for (const name of ["current", "PENDING", "vzdump"]) await failure(create(target.id, { name }), "bad-input");
    const { snapshotId } = await create(target.id);
    const edit = driver().editSnapshot(KIND, { targetId: target.id, snapshotId }, { name: "other" }, testCall());
    await failure(edit, "unsupported");
    const { inputs } = await snapshot.check(undefined, { target: target.name }, testContext(driver(), owner("x")));
    for (const [name, why] of [
      ["a", /2 or more/],
      ["1st", /a letter first/],
      ["current", /keeps for itself/],
      ["before", /already/],
    ] as const) {
      const context = testContext(driver(), owner("y"));
      const { failures } = await snapshot.check(undefined, { ...inputs, marker: undefined, name }, context);
      assert.match(failures.map(({ reason }) => reason).join(), why, name);
    }
  });

  rule("finds by vmid, by node and vmid, and by name; refuses a name of two", async ({ newTarget, twin }) => {
    const target = await newTarget();
    const vmid = String(vmidOf(target.id));
    for (const value of [vmid, target.id, `pve1/${vmid}`, target.name]) {
      assert.equal((await driver().findTarget(KIND, { by: "any", value }, testCall())).id, target.id, value);
    }
    await twin(target);
    const error = await failure(driver().findTarget(KIND, { by: "any", value: target.name }, testCall()), "ambiguous");
    assert.match(error.message, new RegExp(`${vmid} \\(VM on pve1\\) and \\d+`));
    assert.match(driver().selectorProblem(KIND, { by: "bios-uuid", value: "x" }) ?? "", /vmid/);
  });

  rule("signs in with a user's password, and once more when the ticket has ended", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await reopen({ apiToken: undefined, username: USER.name, password: USER.password });
    const { snapshotId } = await create(target.id);
    const ended = { status: 401, body: "" };
    simulator.inject({ kind: "answer", reply: ended, match: ({ path }) => path.endsWith("/cluster/resources") });
    assert.equal((await driver().findTarget(KIND, { by: "id", value: target.id }, testCall())).id, target.id);
    await remove(target.id, snapshotId);
    assert.equal((await inspect(target.id)).snapshots.length, 0);
    assert.throws(() => driverOf({ username: USER.name }), { kind: "bad-input" });
  });
});

it("adds scheme, port and path to an endpoint, and takes a token in one form", () => {
  const parse = (endpoint: string) => proxmoxSettings.parse({ endpoint, apiToken: "a@pve!t=s" }).endpoint;
  assert.equal(parse("pve1.example.com"), "https://pve1.example.com:8006/api2/json");
  assert.equal(parse("https://pve1.example.com:443"), "https://pve1.example.com/api2/json");
  assert.ok(!proxmoxSettings.safeParse({ endpoint: "a", apiToken: "PVEAPIToken=a@pve!t" }).success);
  assert.ok(proxmoxSettings.safeParse({ endpoint: "a", username: "a.b@c.org@my-ad", password: "p" }).success);
  const { error } = proxmoxSettings.safeParse({ endpoint: "a", username: "root", password: "p" });
  assert.match(error?.message ?? "", /like user@pve/);
});
