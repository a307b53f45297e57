import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { until } from "../../../testing/platforms/harness";
import {
  CloudmcSimulator,
  type CloudmcSimulatorOptions,
  type SimulatedVolume,
} from "../../../testing/simulators/cloudmc";
import type { CreateSpec, Driver } from "../contract";
import { cloudmcPlatform } from ".";
import { cloudmcSettings } from "./settings";

const OWNERSHIP = { marker: "m7".repeat(13) };
const MARKER = `[snapstate:${OWNERSHIP.marker}]`;
let simulator: CloudmcSimulator;
let driver: Driver;

async function start(options: CloudmcSimulatorOptions = {}, settings: object = {}): Promise<SimulatedVolume> {
  simulator = new CloudmcSimulator(options);
  await simulator.listen();
  const { platform: _, ...connection } = simulator.connection;
  driver = cloudmcPlatform.connect(cloudmcSettings.parse({ ...connection, pollInterval: "10ms", ...settings }), () =>
    assert.fail("no other connection is named"),
  );
  return simulator.state.addVolume("data", "DATA");
}

afterEach(async () => {
  await driver.close();
  await simulator.close();
});

const spec = (change: Partial<CreateSpec> = {}): CreateSpec => ({
  name: "one",
  description: "",
  ownership: OWNERSHIP,
  memory: false,
  ...change,
});
const take = (volume: { id: string }, change: Partial<CreateSpec> = {}, call = testCall()) =>
  driver.createSnapshot("snapshot", volume.id, spec(change), call);
const observation = (target: { id: string }, readiness = false) =>
  driver.inspect("snapshot", target.id, testCall(), { readiness });
const posts = () => simulator.calls.filter(({ method }) => method === "POST").length;

describe("CloudMC", () => {
  for (const taskShape of ["documented", "clients"] as const) {
    for (const createSnapshotOn of ["snapshots", "volume"] as const) {
      it(`takes a snapshot where tasks are told as ${taskShape} and it is created on ${createSnapshotOn}`, async () => {
        const volume = await start({ taskShape, taskTime: 30 }, { profile: { createSnapshotOn } });
        const { snapshotId } = await take(volume);
        const [snapshot] = (await observation(volume)).snapshots;
        assert.deepEqual(
          [snapshot?.id, snapshot?.name, snapshot?.description, snapshot?.ownership],
          [snapshotId, "one", "", OWNERSHIP],
        );
        assert.equal(
          simulator.state.snapshots.get(snapshotId)?.name,
          `one ${MARKER}`,
          "the marker is there from the start",
        );
      });
    }
  }

  for (const errorCode of ["code", "errorCode"] as const) {
    it(`says what CloudMC answered, with its code below ${errorCode}`, async () => {
      const volume = await start({ errorCode });
      volume.state = "CREATING";
      const error = await failure(take(volume), "busy");
      assert.match(error.message, /volume is in state CREATING, expected READY.*2012/);
    });
  }

  it("tells of a failed snapshot that it cannot be used and why it failed, and removes it", async () => {
    const volume = await start();
    simulator.tasks.failNext = "The storage pool is full.";
    assert.match((await failure(take(volume), "task-failed")).message, /storage pool is full/);
    const state = await observation(volume);
    assert.deepEqual([state.snapshots.map(({ failed }) => failed), state.runningTasks], [["Error"], []]);
    const ref = { targetId: volume.id, snapshotId: state.snapshots[0]?.id ?? "" };
    await driver.removeSnapshot("snapshot", ref, { removeChildren: false, consolidate: true }, testCall());
    assert.equal(simulator.state.snapshots.size, 0);
  });

  it("does not know how a task ended that CloudMC has forgotten, and finds the snapshot by looking", async () => {
    const volume = await start({ taskLife: 0, taskTime: 5 }, { pollInterval: "100ms" });
    const error = await failure(take(volume), "lost-reply");
    assert.match(error.message, /no longer has the task/);
    assert.deepEqual(
      (await observation(volume)).snapshots.map(({ ownership }) => ownership),
      [OWNERSHIP],
    );
  });

  it("sees what a crash of CloudMC left under way, and waits for it until the deadline", async () => {
    const volume = await start({ taskTime: 60_000 }, { pollInterval: "20ms" });
    const taking = take(volume);
    await until(() => simulator.calls.some(({ path }) => path.includes("/tasks/")));
    simulator.tasks.crash();
    await failure(taking, "lost-reply");
    const [running] = (await observation(volume)).runningTasks;
    assert.match(running?.id ?? "", /Creating/);
    await failure(driver.settle("snapshot", volume.id, testCall({ milliseconds: 100 })), "timeout");
    assert.equal(posts(), 1);
  });

  it("waits on when CloudMC is away for a moment, and never sends the create again", async () => {
    const volume = await start({ taskTime: 60 });
    const match = ({ path }: { path: string }) => path.includes("/tasks/");
    simulator.inject({ kind: "answer", match, reply: { status: 503, body: "<html>maintenance</html>" }, times: 2 });
    simulator.inject({ kind: "half-body", match });
    const { snapshotId } = await take(volume);
    assert.equal((await observation(volume)).snapshots[0]?.id, snapshotId);
    assert.equal(posts(), 1);
  });

  it("takes a 5xx for a lost reply, whether or not it was carried out", async () => {
    const volume = await start();
    for (const kind of ["answer", "answer-after"] as const) {
      simulator.inject({ kind, match: ({ method }) => method === "POST", reply: { status: 502, body: "Bad Gateway" } });
      await failure(take(volume, { name: kind }), "lost-reply");
    }
    await driver.settle("snapshot", volume.id, testCall());
    assert.deepEqual(
      (await observation(volume)).snapshots.map(({ name }) => name),
      ["answer-after"],
    );
  });

  it("takes nothing for gone but CloudMC's own word about the thing itself", async () => {
    const volume = await start();
    const one = { targetId: volume.id, snapshotId: (await take(volume)).snapshotId };
    const reply = { status: 404, body: "<html>not found</html>" };
    const remove = () =>
      driver.removeSnapshot("snapshot", one, { removeChildren: false, consolidate: true }, testCall());
    simulator.inject({ kind: "answer", match: ({ method }) => method === "DELETE", reply });
    await failure(remove(), "protocol");
    simulator.inject({ kind: "answer", match: ({ path }) => path.endsWith("/volumes"), reply });
    const lists = () => simulator.calls.filter(({ path }) => path.endsWith("/snapshots")).length;
    const before = lists();
    await failure(observation(volume), "protocol");
    // The read beside the failed one would meet the next answer.
    await until(() => lists() > before);
    const short = { status: 200, body: JSON.stringify({ data: [], metadata: { recordCount: 1 } }) };
    simulator.inject({ kind: "answer", match: ({ path }) => path.endsWith("/snapshots"), reply: short });
    assert.match((await failure(observation(volume), "protocol")).message, /lists 0 of 1 snapshots/);
    const empty = { status: 200, body: JSON.stringify({ data: [], metadata: { recordCount: 0 } }) };
    simulator.inject({ kind: "answer", match: ({ path }) => path.endsWith("/volumes"), reply: empty });
    assert.match((await failure(observation(volume), "protocol")).message, /but reports that it exists/);
    await remove();
  });

  it("says what to check when the key, the service or the environment is wrong", async () => {
    const volume = await start({}, { apiKey: "another-key" });
    assert.match((await failure(observation(volume), "permission")).message, /apiKey/);
    await driver.close();
    await simulator.close();
    await start({}, { environment: "nowhere" });
    assert.match(
      (await failure(observation(volume), "protocol")).message,
      /environment with id nowhere.*Check the connection/,
    );
  });

  it("finds a volume by id, path, root and instance, and lists all that it may mean", async () => {
    await start();
    const web = simulator.state.addInstance("web", ["logs"]);
    const db = simulator.state.addInstance("db");
    const find = async (value: string) => (await driver.findTarget("snapshot", { by: "any", value }, testCall())).path;
    assert.equal(await find("web/ROOT"), "web/ROOT-web");
    assert.equal(await find("web/logs"), "web/logs");
    assert.equal(await find("logs"), "web/logs");
    assert.equal(await find("db"), "db/ROOT-db");
    const error = await failure(find("web"), "ambiguous");
    assert.match(error.message, /web\/ROOT-web.* and web\/logs/);
    const uuid = driver.findTarget("snapshot", { by: "bios-uuid", value: db.id }, testCall());
    await failure(uuid, "unsupported");
    assert.ok(web.id);
  });

  it("reads 60 volumes that are asked for together with three calls", async () => {
    await start();
    const volumes = Array.from({ length: 60 }, (_, index) => simulator.state.addVolume(`v${index}`, "DATA"));
    simulator.calls.length = 0;
    await Promise.all(volumes.map((volume) => observation(volume)));
    assert.equal(simulator.calls.length, 3);
  });

  it("says beforehand in which power state a recovery point goes back, and what nobody could verify", async () => {
    await start();
    const web = simulator.state.addInstance("web");
    const { snapshotId } = await driver.createSnapshot("recovery-point", web.id, spec({ memory: true }), testCall());
    web.state = "Stopped";
    const state = await driver.inspect("recovery-point", web.id, testCall(), { readiness: true });
    const snapshot = state.snapshots.find(({ id }) => id === snapshotId);
    assert.ok(snapshot && driver.forecastRevert);
    assert.deepEqual([snapshot.consistency, state.resizeBlocked], ["memory", true]);
    const { refusal } = driver.forecastRevert("recovery-point", state, snapshot, { suppressPowerOn: false });
    assert.equal(refusal?.remedy, "Start the instance first");
    assert.match(state.advice?.join() ?? "", /Not verified with a real CloudMC: listing/);
  });

  it("leaves recovery points to the CloudStack below, where one is named", async () => {
    await start();
    const below = Object.assign(new MemoryDriver(), { platform: "cloudstack" });
    below.addVm("cs-7", "web");
    const web = simulator.state.addInstance("web");
    const { platform: _, ...connection } = simulator.connection;
    const open = (other: Driver) =>
      cloudmcPlatform.connect(cloudmcSettings.parse({ ...connection, cloudstack: "cs" }), () => other);
    const both = open(below);
    const target = await both.findTarget("recovery-point", { by: "any", value: web.id }, testCall());
    assert.equal(target.id, "cs-7");
    await both.createSnapshot("recovery-point", target.id, spec(), testCall());
    assert.equal((await both.inspect("recovery-point", target.id, testCall())).snapshots.length, 1);
    assert.equal(simulator.state.recoveryPoints.size, 0);
    const wrong = open(new MemoryDriver());
    assert.throws(() => wrong.supports("recovery-point", "create"), /names a connection of the platform memory/);
    await both.close();
    await wrong.close();
  });

  it("says that the time is over, and not that CloudMC is away, when the call's own deadline ends a read", async () => {
    await start();
    const web = simulator.state.addInstance("web");
    await driver.inspect("recovery-point", web.id, testCall());
    simulator.inject({ kind: "latency", milliseconds: 400, match: ({ path }) => path.endsWith("/recoverypoints") });
    const call = testCall({ milliseconds: 150 });
    await failure(driver.inspect("recovery-point", web.id, call), "timeout");
  });

  it("keeps the key out of errors", async () => {
    const volume = await start({}, { apiKey: "canary-key-1" });
    const error = await failure(observation(volume), "permission");
    assert.doesNotMatch(JSON.stringify(error) + error.stack, /canary-key-1/);
  });
});
