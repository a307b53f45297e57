import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { encode, signatureOf, textToSign } from "./signature";
import { TestCloud } from "./test-cloud";

describe("signature of the simulated CloudStack", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.close());

  const status = async (...[parameters, how]: Parameters<TestCloud["raw"]> extends [string, ...infer R] ? R : never) =>
    (await cloud.raw("listZones", parameters, how)).status;

  test("golden vectors, computed by another program", () => {
    const parameters = new Map([
      ["command", "createSnapshot"],
      ["apikey", "KEY-1_a"],
      ["name", "a~b!c'd(e)f*g+h i é/:@[ 😀"],
      ["tags[0].key", "K"],
      ["Zone", "Z"],
      ["signatureversion", "3"],
      ["expires", "2026-11-21T05:57:29+0000"],
      ["response", "json"],
      ["signature", "not part of it"],
    ]);
    assert.equal(textToSign(parameters), GOLDEN.text);
    assert.equal(signatureOf(parameters, "secret"), GOLDEN.signature);
    assert.equal(encode("~!'()"), "%7E%21%27%28%29");
  });

  test("GET and POST are both accepted, with every special character", async () => {
    const parameters = { keyword: "a~b!c'd(e)f*g+h i é/:@[ 😀&=%", "tags[0].key": "K" };
    assert.equal(await status(parameters, { method: "GET" }), 200);
    assert.equal(await status(parameters, { method: "POST" }), 200);
  });

  for (const character of "~!'()") {
    test(`${character} encoded as encodeURIComponent does is refused`, async () => {
      assert.equal(await status({ keyword: `a${character}b` }, { encode: encodeURIComponent }), 401);
    });
  }

  for (const character of "*+ é/:@[") {
    test(`${character} is encoded by encodeURIComponent well enough`, async () => {
      assert.equal(await status({ keyword: `a${character}b` }, { encode: encodeURIComponent }), 200);
    });
  }

  test("names are sorted with capitals first", async () => {
    assert.equal(await status({ Zeta: "1", available: "true" }), 200);
    assert.equal(await status({ Zeta: "1", available: "true" }, { sortIgnoresCase: true }), 401);
  });

  test("expiry in the three notations; past and garbage are refused", async () => {
    const soon = new Date(Date.now() + 600_000).toISOString().slice(0, 19);
    for (const zone of ["+0000", "Z", ".000Z"]) assert.equal(await status({}, { expires: soon + zone }), 200, zone);
    assert.equal(await status({}, { expires: -60_000 }), 401);
    assert.equal(await status({}, { expires: "soon" }), 401);
    assert.equal(await status({}, { expires: null }), 200, "without version 3 there is no expiry");
  });

  test("where POST and timestamps are enforced", async () => {
    const { settings } = cloud.simulator.state;
    settings.enforcePostAndTimestamps = true;
    try {
      assert.equal(await status({}, { expires: null }), 401);
      assert.equal(await status({}, { expires: 16 * 60_000 }), 401);
      assert.equal(await status({}, { method: "GET", expires: 14 * 60_000 }), 200);
      const refused = await cloud.refusal("deleteSnapshot", { id: "x" }, { method: "GET" });
      assert.equal(refused.errorcode, 400);
      assert.equal(refused.errortext, "State changing command deleteSnapshot needs to be sent using POST request");
    } finally {
      settings.enforcePostAndTimestamps = false;
    }
  });

  test("bad signature, unknown key, disabled account, unknown command: 401 in the same words", async () => {
    const refused = {
      uuidList: [],
      errorcode: 401,
      errortext: "unable to verify user credentials and/or request signature",
    };
    const bob = cloud.simulator.addAccount({ name: "bob" });
    bob.state = "disabled";
    for (const how of [{ signature: "AAAA" }, { apiKey: "nobody" }, { secretKey: "other" }, bob]) {
      const { apiKey = cloud.simulator.apiKey, secretKey = cloud.simulator.secretKey } = how as typeof bob;
      const reply = await cloud.raw("listZones", {}, "signature" in how ? how : { apiKey, secretKey });
      assert.equal(reply.status, 401);
      assert.deepEqual(reply.body, { listzonesresponse: refused });
    }
    const reply = await cloud.raw("listNothings");
    assert.deepEqual([reply.status, reply.body], [401, { errorresponse: refused }]);
  });
});

/** Computed with Python's `urllib` and `hmac`. */
const GOLDEN = {
  text: "zone=z&apikey=key-1_a&command=createsnapshot&expires=2026-11-21t05%3a57%3a29%2b0000&name=a%7eb%21c%27d%28e%29f*g%2bh%20i%20%c3%a9%2f%3a%40%5b%20%f0%9f%98%80&response=json&signatureversion=3&tags[0].key=k",
  signature: "duAgJc/1Q5oAp99I2RxfoJdtEAc=",
};
