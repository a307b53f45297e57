import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { OVH_OWNERSHIP, OvhVpsBench, testDriver } from "../../../testing/contract/ovh-vps-driver";

const bench = new OvhVpsBench();
const { start, observe: look, take } = bench;
afterEach(() => bench.close());

describe("OVHcloud VPS, signing in", () => {
  it("signs by the API's clock, and asks for the time again when it has moved", async () => {
    const vps = await start({ clockAhead: 7200 });
    await look(vps);
    bench.simulator.credentials.known.clockAhead = -7200;
    await take(vps);
    assert.equal(bench.simulator.calls.filter(({ path }) => path === "/1.0/auth/time").length, 2);
    assert.equal(vps.snapshot?.description, `one\n[snapstate:${OVH_OWNERSHIP.marker}]`);
  });

  it("gets another token before the old one ends, and when it is refused", async () => {
    const vps = await start({ tokenLife: 10 });
    await bench.driver.close();
    bench.driver = testDriver(bench.simulator.serviceAccount);
    await look(vps);
    await look(vps);
    const tokens = () => bench.simulator.calls.filter(({ path }) => path === "/auth/oauth2/token").length;
    assert.ok(tokens() > 2, "a token of ten seconds is never used twice");
    bench.simulator.credentials.known.tokenLife = 3600;
    await look(vps);
    const before = tokens();
    await look(vps);
    assert.equal(tokens(), before);
    bench.simulator.inject({ kind: "answer", reply: { status: 401, body: '{"message":"expired"}' } });
    await take(vps);
    assert.equal(tokens(), before + 1);
  });

  it("says whose keys are wrong, with the query's id, and no secret", async () => {
    const vps = await start();
    for (const [change, code] of [
      [{ applicationSecret: "wrong-secret" }, "INVALID_SIGNATURE"],
      [{ applicationKey: "wrong-key" }, "INVALID_KEY"],
      [{ consumerKey: "wrong-consumer" }, "INVALID_CREDENTIAL"],
    ] as const) {
      const wrong = testDriver(bench.simulator.connection, change);
      const error = await failure(wrong.inspect("snapshot", vps.serviceName, testCall()), "auth");
      assert.equal(error.code, code);
      assert.match(error.requestId ?? "", /^EU\.ext/);
      assert.ok(!/wrong-secret|wrong-consumer|simulatedApplicationSecret/.test(error.message));
      await wrong.close();
    }
  });

  it("knows the account, and that a call which is not granted says nothing about a VPS", async () => {
    const vps = await start({ rules: [{ method: "GET", path: "/auth/details" }] });
    assert.match(await bench.driver.installation(testCall()), /^127\.0\.0\.1:\d+\/xx1111-ovh$/);
    const error = await failure(look(vps), "permission");
    assert.equal(error.code, "NOT_GRANTED_CALL");
    bench.simulator.credentials.known.rules = [];
    const other = testDriver(bench.simulator.connection);
    assert.match(
      (await failure(other.installation(testCall()), "permission")).message,
      /set account in the connection/,
    );
    await other.close();
    const named = testDriver(bench.simulator.connection, { account: "yy2222-ovh" });
    assert.match(await named.installation(testCall()), /yy2222-ovh$/);
    await named.close();
  });
});
