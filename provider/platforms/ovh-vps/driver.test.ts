import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { OvhVpsBench, OVH_OWNERSHIP as OWNERSHIP, testDriver } from "../../../testing/contract/ovh-vps-driver";
import { until } from "../../../testing/platforms/harness";
import type { RestorePoint, SimulatedVps } from "../../../testing/simulators/ovh-vps";
import { TestClock } from "../../../testing/support/test-clock";

const MARKER = `[snapstate:${OWNERSHIP.marker}]`;
const bench = new OvhVpsBench();
const { start, observe: look, ref, sent, take } = bench;
afterEach(() => bench.close());

describe("OVHcloud VPS, one of which cannot be read", () => {
  it("lists the others, names the one, and finds by name what it can", async () => {
    const web = await start();
    const expired = bench.simulator.account.add({ displayName: "old" });
    const reply = { status: 460, body: '{"class":"Client::Expired","message":"This service is expired"}' };
    const match = ({ path }: { path: string }) => path.endsWith(`/vps/${expired.serviceName}`);
    const refuse = () => bench.simulator.inject({ kind: "answer", match, reply, times: Number.POSITIVE_INFINITY });
    refuse();
    const unread: string[] = [];
    const listed = await bench.driver.listTargets("snapshot", testCall(), (name) => unread.push(name));
    assert.deepEqual([listed.map(({ id }) => id), unread], [[web.serviceName], [expired.serviceName]]);
    const find = (value: string) => bench.driver.findTarget("snapshot", { by: "name", value }, testCall());
    assert.equal((await find("web")).id, web.serviceName);
    assert.match((await failure(find("old"), "conflict", "bad-input", "permission", "protocol")).message, /expired/);
  });
});

describe("OVHcloud VPS, on a bad wire", () => {
  const unavailable = {
    status: 503,
    body: "<html>Service Unavailable</html>",
    headers: { "Content-Type": "text/html" },
  };

  it("reads again after a 503 that is no JSON, a reset and half a body", async () => {
    const vps = await start();
    await look(vps);
    bench.simulator.inject({ kind: "answer", reply: unavailable });
    bench.simulator.inject({ kind: "reset-before" });
    bench.simulator.inject({ kind: "half-body", match: ({ path }) => path.endsWith(vps.serviceName) });
    assert.deepEqual((await look(vps)).snapshots, []);
  });

  it("never takes an HTML 404 or an unknown URL for an absence", async () => {
    const vps = await start();
    const match = ({ path }: { path: string }) => path.endsWith("/snapshot");
    bench.simulator.inject({ kind: "answer", match, reply: { ...unavailable, status: 404 } });
    await failure(look(vps), "protocol");
    await bench.driver.close();
    bench.driver = testDriver(
      { ...bench.simulator.connection, endpoint: `${bench.simulator.url}/2.0` },
      { account: "x" },
    );
    await failure(look(vps), "protocol");
  });

  it("does not know what became of a change that a 503 or a broken body answered", async () => {
    const vps = await start();
    const match = ({ path }: { path: string }) => path.endsWith("createSnapshot");
    bench.simulator.inject({ kind: "answer-after", match, reply: unavailable });
    await failure(take(vps), "lost-reply");
    assert.equal(sent("createSnapshot"), 1);
    await bench.driver.settle("snapshot", vps.serviceName, testCall());
    assert.equal((await look(vps)).snapshots.length, 1);
  });

  it("waits as long as a 429 asks, since nothing was done, and then sends the change", async () => {
    const vps = await start();
    const match = ({ path }: { path: string }) => path.endsWith("createSnapshot");
    const reply = { status: 429, headers: { "Retry-After": "1" }, body: '{"message":"Too many requests"}' };
    bench.simulator.inject({ kind: "answer", match, reply });
    const clock = new TestClock();
    await take(vps, testCall({ clock }));
    assert.ok(clock.now() >= 1000);
    assert.ok(vps.snapshot);
  });

  it("finds its snapshot after the API has forgotten the task, or has crashed meanwhile", async () => {
    const vps = await start({ taskLife: 0 });
    bench.simulator.tasks.times.task = 60;
    await bench.driver.close();
    bench.connect({ pollInterval: "300ms" });
    assert.match((await failure(take(vps), "lost-reply")).message, /no longer has the task/);
    assert.deepEqual((await look(vps)).snapshots[0]?.ownership, OWNERSHIP);

    const other = bench.simulator.account.add();
    bench.simulator.tasks.times.task = 60_000;
    const taking = take(other);
    await until(() => sent("createSnapshot") === 2);
    await bench.simulator.crash();
    await bench.simulator.restart("done");
    const error = await taking.then(
      () => undefined,
      (thrown) => thrown,
    );
    assert.ok(error === undefined || error.kind === "lost-reply", String(error));
    assert.equal((await look(other)).snapshots.length, 1);
  });
});

describe("OVHcloud VPS, the one snapshot", () => {
  it("that somebody replaced by hand is gone, and the other one is not touched", async () => {
    const vps = await start();
    const { snapshotId } = await take(vps);
    const foreign = bench.simulator.account.replaceByHand(vps, "by hand");
    const old = ref(vps, snapshotId);
    const how = { removeChildren: false, consolidate: true };
    for (const work of [
      bench.driver.removeSnapshot("snapshot", old, how, testCall()),
      bench.driver.editSnapshot("snapshot", old, { text: { description: "x" } }, testCall()),
      bench.driver.revertToSnapshot("snapshot", old, {}, testCall()),
      bench.driver.download.locate(old, testCall()),
    ]) {
      assert.match((await failure(work, "not-found")).message, /another snapshot/);
    }
    assert.deepEqual([vps.snapshot, vps.reverts], [foreign, 0]);
    assert.deepEqual(
      (await look(vps)).snapshots.map(({ name }) => name),
      ["by hand"],
    );
    assert.equal(await bench.driver.consumedAt("snapshot", old, testCall()), undefined);
  });

  it("is used up by a revert, which the platform's history tells", async () => {
    const vps = await start();
    const { snapshotId } = await take(vps);
    await bench.driver.revertToSnapshot("snapshot", ref(vps, snapshotId), {}, testCall());
    assert.deepEqual([vps.reverts, (await look(vps)).snapshots], [1, []]);
    const at = await bench.driver.consumedAt("snapshot", ref(vps, snapshotId), testCall());
    assert.ok(Math.abs(Date.parse(at ?? "") - Date.now()) < 60_000);
  });

  it("needs the paid option: refused with its price, before and after the call", async () => {
    const vps = await start();
    vps.options.clear();
    const [blocker] = (await look(vps, true)).blockers;
    assert.equal(blocker?.code, "option-missing");
    assert.match(blocker?.message ?? "", /2\.39 EUR per P1M, before taxes.*not subscribed/);
    assert.match((await failure(take(vps), "guard")).message, /not subscribed.*The API said: The option/);
  });

  it("cannot be taken while the VPS is being installed", async () => {
    const vps = await start();
    vps.state = "installing";
    assert.deepEqual(
      (await look(vps, true)).blockers.map(({ code }) => code),
      ["vps-state"],
    );
  });

  it("says how a task ended that did not end well", async () => {
    const vps = await start();
    for (const state of ["error", "cancelled", "blocked"] as const) {
      bench.simulator.tasks.failNext = state;
      assert.match((await failure(take(vps), "task-failed")).message, new RegExp(`ended as ${state}`));
    }
  });

  for (const abortOnCancel of [false, true]) {
    it(`is ${abortOnCancel ? "aborted" : "left to itself"} when the wait for it is cancelled`, async () => {
      const vps = await start({ taskTime: 300 }, { abortOnCancel });
      const call = testCall();
      const taking = failure(take(vps, call), "cancelled");
      await until(() => bench.simulator.calls.some(({ path }) => /\/tasks\/\d+$/.test(path)));
      call.abort.abort();
      await taking;
      await bench.driver.settle("snapshot", vps.serviceName, testCall());
      assert.equal((await look(vps)).snapshots.length, abortOnCancel ? 0 : 1);
    });
  }

  it("keeps name and marker apart, also when a control panel has made one line of them", async () => {
    const vps = await start();
    await take(vps);
    if (vps.snapshot) vps.snapshot.description = `one   [snapstate: hold] ${MARKER} `;
    const [snapshot] = (await look(vps)).snapshots;
    assert.deepEqual(
      [snapshot?.name, snapshot?.description, snapshot?.ownership],
      ["one", "", { ...OWNERSHIP, hold: true }],
    );
  });

  it("tells what no call can tell", async () => {
    const vps = await start();
    const state = await look(vps, true);
    assert.equal(state.quiesceReady, undefined);
    const text = state.advice?.join("\n") ?? "";
    for (const word of ["The API does not report whether", "org.qemu.guest_agent.0", "Debian", "Red Hat", "Windows"]) {
      assert.ok(text.includes(word), word);
    }
  });

  it("gives a download URL that no error ever shows", async () => {
    const vps = await start();
    const { snapshotId } = await take(vps);
    const { url, sizeBytes, expiresAt } = await bench.driver.download.locate(ref(vps, snapshotId), testCall());
    assert.match(url, /temp_url_sig=/);
    assert.equal(sizeBytes, 21_474_836_480);
    assert.ok(Math.abs(Date.parse(expiresAt ?? "") - Date.now() - 24 * 3600_000) < 60_000);
  });
});

describe("OVHcloud VPS, restore points", () => {
  const snapshots: RestorePoint[] = ["2026-11-19T02:00:00+01:00", "2026-11-20T02:00:00+01:00"].map((time) => ({
    time,
    state: "available",
  }));

  async function withBackup(): Promise<SimulatedVps> {
    const vps = await start();
    vps.options.set("automatedBackup", "subscribed");
    vps.automatedBackup = { state: "enabled", schedule: "02:00:00", snapshots };
    return vps;
  }

  it("are listed, and restored without being used up", async () => {
    const vps = await withBackup();
    const { snapshots: found, advice } = await look(vps, true, "recovery-point");
    assert.deepEqual(
      found.map(({ id, createdAt }) => [id, createdAt]),
      [
        ["2026-11-19T02:00:00+01:00", "2026-11-19T01:00:00.000Z"],
        ["2026-11-20T02:00:00+01:00", "2026-11-20T01:00:00.000Z"],
      ],
    );
    assert.match(advice?.join() ?? "", /enabled, daily at 02:00:00/);
    await bench.driver.revertToSnapshot("recovery-point", ref(vps, snapshots[0]?.time ?? ""), {}, testCall());
    assert.equal(vps.reverts, 1);
    assert.equal((await look(vps, false, "recovery-point")).snapshots.length, 2);
    const gone = bench.driver.revertToSnapshot("recovery-point", ref(vps, "2020-01-01T00:00:00+01:00"), {}, testCall());
    await failure(gone, "not-found");
  });

  it("are made and removed by the platform alone", async () => {
    const vps = await withBackup();
    const able = bench.driver.supports("recovery-point", "create");
    assert.ok(!able.supported && /VPS itself/.test(able.reason) && /RecoveryPoint\.get/.test(able.remedy));
    const spec = { name: "one", description: "", memory: false };
    await failure(bench.driver.createSnapshot("recovery-point", vps.serviceName, spec, testCall()), "unsupported");
    const snapshot = ref(vps, snapshots[0]?.time ?? "");
    await failure(
      bench.driver.removeSnapshot("recovery-point", snapshot, { removeChildren: false }, testCall()),
      "unsupported",
    );
    await failure(bench.driver.editSnapshot("recovery-point", snapshot, { name: "x" }, testCall()), "unsupported");
  });

  it("are none where there is no automated backup", async () => {
    const vps = await start();
    const { snapshots: found, advice } = await look(vps, true, "recovery-point");
    assert.deepEqual(found, []);
    assert.match(advice?.join() ?? "", /no option for automated backups/);
  });
});
