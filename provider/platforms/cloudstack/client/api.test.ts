import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { testCall } from "../../../../testing/contract/call";
import { failure } from "../../../../testing/contract/failure";
import { CloudStackSimulator } from "../../../../testing/simulators/cloudstack";
import type { Fault } from "../../../../testing/simulators/faults";
import { cloudstackSettings } from "../settings";
import { CloudStackApi } from "./api";
import { CloudStackFailure } from "./failure";
import { JobWaiter } from "./jobs";
import { wholeList } from "./lists";

describe("the CloudStack API's client", () => {
  const cloud = new CloudStackSimulator({ jobTime: 20, pageSize: 50 });
  let api: CloudStackApi;
  let volumeId: string;

  const settings = (other: Record<string, unknown> = {}) => {
    const { endpoint, apiKey, secretKey } = cloud;
    return cloudstackSettings.parse({ endpoint, apiKey, secretKey, ...other });
  };
  const command = (name: string): NonNullable<Fault["match"]> => {
    return ({ body }) => new URLSearchParams(body).get("command") === name;
  };
  const sent = (name: string) => cloud.calls.filter(command(name)).length;

  before(async () => {
    cloud.state.settings.enforcePostAndTimestamps = true;
    await cloud.listen();
    api = new CloudStackApi(settings());
    const vm = cloud.addVm({ name: "web", powerState: "Stopped" });
    volumeId = cloud.volumesOf(vm)[0]?.id as string;
  });
  after(async () => {
    api.close();
    await cloud.close();
  });

  it("keeps key and signature out of the URL, and the secret key out of everything", async () => {
    await api.read("listZones", {}, testCall());
    const [call] = cloud.calls.splice(0);
    assert.deepEqual([call?.method, [...(call?.query ?? [])]], ["POST", []]);
    assert.ok(!JSON.stringify(call).includes(cloud.secretKey));
    const expires = Date.parse(String(new URLSearchParams(call?.body).get("expires")).replace("+0000", "Z"));
    assert.ok(expires > Date.now() && expires < Date.now() + 15 * 60_000);
  });

  it("tells a refusal by its code and words, also that of an unknown command", async () => {
    const refused = async (name: string, parameters = {}) => {
      const error = await api.read(name, parameters, testCall()).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof CloudStackFailure, String(error));
      return error;
    };
    assert.equal((await refused("listHosts")).code, 432);
    assert.equal((await refused("noSuchCommand")).code, 401);
    assert.match((await refused("listSnapshots", { id: "abc" })).text, /Invalid parameter id value=abc/);
  });

  it("reads again after a broken connection, a gateway's words and half an answer", async () => {
    for (const fault of [
      { kind: "reset-before" },
      { kind: "answer", reply: { status: 503, body: "<html>busy</html>" } },
      { kind: "half-body" },
      { kind: "answer", reply: { status: 429, headers: { "Retry-After": "0" }, body: "slow down" } },
    ] as Fault[]) {
      cloud.inject({ ...fault, match: command("listZones") });
      const { count } = await api.read("listZones", {}, testCall());
      assert.equal(count, 1);
    }
  });

  it("says `unreachable` in the end, and never that something is not there", async () => {
    cloud.inject({ kind: "reset-before", times: 4, match: command("listZones") });
    await failure(api.read("listZones", {}, testCall()), "unreachable");
  });

  it("says where to look when something else answers", async () => {
    const other = new CloudStackApi(settings({ endpoint: `${cloud.url}/elsewhere` }));
    const error = await failure(other.read("listZones", {}, testCall()), "protocol");
    assert.match(error.message, /client\/api/);
    other.close();
  });

  for (const kind of ["reset-after", "half-body", "answer-after"] as const) {
    it(`asks for the job when the answer to a change is lost (${kind}), and does not send it again`, async () => {
      cloud.calls.length = 0;
      const reply = { status: 502, body: "<html>bad gateway</html>" };
      cloud.inject({ kind, match: command("createSnapshot"), ...(kind === "answer-after" ? { reply } : {}) });
      const { jobId } = await api.start("createSnapshot", { volumeid: volumeId, name: kind }, testCall());
      const end = await new JobWaiter(api).wait(jobId, "createSnapshot", testCall());
      assert.ok(end.ok);
      assert.equal((end.result.snapshot as { name: string }).name, kind);
      assert.equal(sent("createSnapshot"), 1);
    });
  }

  it("says that a change is lost when there is no such job", async () => {
    cloud.calls.length = 0;
    cloud.inject({ kind: "reset-before", match: command("createSnapshot") });
    await failure(api.start("createSnapshot", { volumeid: volumeId, name: "x" }, testCall()), "lost-reply");
    assert.equal(sent("createSnapshot"), 1);
    assert.equal(sent("queryAsyncJobResult"), 3);
  });

  it("asks once for a job for which several wait", async () => {
    cloud.calls.length = 0;
    cloud.jobs.times = 300;
    const { jobId } = await api.start("createSnapshot", { volumeid: volumeId, name: "y" }, testCall());
    const waiter = new JobWaiter(api);
    const ends = await Promise.all([1, 2, 3].map(() => waiter.wait(jobId, "createSnapshot", testCall())));
    assert.ok(ends.every(({ ok }) => ok));
    assert.ok(sent("queryAsyncJobResult") < 7, `${sent("queryAsyncJobResult")} questions`);
    cloud.jobs.times = 20;
  });

  it("says that nobody knows when the server was killed during a job", async () => {
    const { jobId } = await api.start("createSnapshot", { volumeid: volumeId, name: "z" }, testCall());
    await cloud.crash();
    await cloud.restart();
    const end = await new JobWaiter(api).wait(jobId, "createSnapshot", testCall());
    assert.deepEqual(end, { ok: false, failure: undefined });
  });

  it("reads a list over its pages, and nothing found as nothing", async () => {
    const vm = cloud.addVm({ name: "many", powerState: "Stopped" });
    const [volume] = cloud.volumesOf(vm);
    assert.ok(volume);
    const list = () => wholeList(api, "listSnapshots", "snapshot", { volumeid: volume.id }, 50, testCall());
    assert.deepEqual(await list(), []);
    for (let index = 0; index < 300; index++) cloud.addSnapshot(volume, { name: `s${index}` });
    cloud.calls.length = 0;
    assert.equal(new Set((await list()).map(({ id }) => id)).size, 300);
    assert.equal(sent("listSnapshots"), 6);
  });

  it("reads a list anew when it changed between two pages, and gives up rather than hand on a part", async () => {
    const vm = cloud.addVm({ name: "changing", powerState: "Stopped" });
    const [volume] = cloud.volumesOf(vm);
    assert.ok(volume);
    for (let index = 0; index < 120; index++) cloud.addSnapshot(volume, { name: `s${index}` });
    const removeOne = (times: number) => {
      let left = times;
      cloud.inject({
        kind: "latency",
        times: 99,
        match: ({ body }) => {
          const page = new URLSearchParams(body).get("page");
          const [first] = cloud.state.snapshots.filter((row) => row.volume === volume);
          if (page === "2" && left-- > 0 && first) first.removed = true;
          return false;
        },
      });
    };
    const list = () => wholeList(api, "listSnapshots", "snapshot", { volumeid: volume.id }, 50, testCall());
    removeOne(1);
    assert.equal((await list()).length, 119);
    removeOne(99);
    const error = await failure(list(), "protocol");
    assert.match(error.message, /The state is unchanged/);
    cloud.faults.clear();
  });
});
