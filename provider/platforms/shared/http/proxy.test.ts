import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { testCall } from "../../../../testing/contract/call";
import { type Certificate, Certificates } from "../../../../testing/contract/certificates";
import { type ConnectProxy, connectProxy } from "../../../../testing/contract/connect-proxy";
import { httpAnswer, type RawServer, rawServer } from "../../../../testing/contract/raw-server";
import { isSnapstateError, redact } from "../../../core/errors";
import { Transport } from "../../vsphere/client/transport";
import { vsphereSettings } from "../../vsphere/settings";

const VARIABLES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] as const;

describe("HTTPS through an HTTP proxy", () => {
  let certificates: Certificates;
  let good: Certificate;
  let server: RawServer;
  let proxy: ConnectProxy;
  const before_ = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const transports: Transport[] = [];

  before(async () => {
    certificates = new Certificates();
    good = await certificates.make();
    server = await rawServer(good, (_, socket) => void socket.write(httpAnswer("<ok/>")));
    proxy = await connectProxy();
  });
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name];
    proxy.asked.length = 0;
    proxy.behave("tunnel");
  });
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close();
  });
  after(async () => {
    for (const [name, value] of Object.entries(before_)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await proxy.close();
    await server.close();
    certificates.remove();
  });

  function transport(settings: Record<string, unknown>): Transport {
    const endpoint = `https://localhost:${server.port}`;
    const trust = { fingerprint: good.fingerprint };
    const made = new Transport(
      vsphereSettings.parse({ endpoint, username: "u", password: "pass", ...trust, ...settings }),
    );
    transports.push(made);
    return made;
  }

  it("asks the proxy of the settings for a tunnel, and for nothing else", async () => {
    const reply = await transport({ proxy: proxy.url }).post("<a/>", undefined, testCall());
    assert.deepEqual([reply.status, reply.text], [200, "<ok/>"]);
    assert.deepEqual(proxy.asked, [{ target: `localhost:${server.port}`, authorization: undefined }]);
  });

  it("keeps the tunnel for the next request", async () => {
    const tunnelled = transport({ proxy: proxy.url });
    for (let n = 0; n < 3; n++) assert.equal((await tunnelled.post("<a/>", undefined, testCall())).status, 200);
    assert.equal(proxy.asked.length, 1);
  });

  it("gives the proxy its credentials", async () => {
    await transport({ proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` }).post("<a/>", undefined, testCall());
    assert.equal(proxy.asked[0]?.authorization, `Basic ${Buffer.from("me:p@ss").toString("base64")}`);
  });

  it("checks name, authority and fingerprint behind the proxy as well", async () => {
    const other = await certificates.make();
    const before = server.received();
    for (const [settings, code] of [
      [{ fingerprint: other.fingerprint }, "EFINGERPRINT"],
      [{ fingerprint: undefined }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ] as const) {
      await assert.rejects(
        transport({ proxy: proxy.url, ...settings }).post("<a/>", undefined, testCall()),
        (error) => isSnapstateError(error, "unreachable") && error.code === code,
      );
    }
    assert.equal(server.received(), before, "not one byte of the request");
    const trusting = transport({ proxy: proxy.url, fingerprint: undefined, caFile: good.file });
    assert.equal((await trusting.post("<a/>", undefined, testCall())).status, 200);
  });

  it("takes HTTPS_PROXY of the environment", async () => {
    process.env.HTTPS_PROXY = proxy.url;
    await transport({}).post("<a/>", undefined, testCall());
    assert.equal(proxy.asked.length, 1);
  });

  for (const [exception, direct] of [
    ["*", true],
    ["localhost", true],
    ["example.com, LOCALHOST", true],
    ["localhost:1", false],
    [".example.com,host", false],
  ] as const) {
    it(`${direct ? "goes past the proxy" : "uses the proxy"} with NO_PROXY=${exception}`, async () => {
      process.env.HTTPS_PROXY = proxy.url;
      process.env.NO_PROXY = exception;
      await transport({}).post("<a/>", undefined, testCall());
      assert.equal(proxy.asked.length, direct ? 0 : 1);
    });
  }

  it("goes past the proxy for a NO_PROXY that names the port too", async () => {
    process.env.HTTPS_PROXY = proxy.url;
    process.env.NO_PROXY = `localhost:${server.port}`;
    await transport({}).post("<a/>", undefined, testCall());
    assert.equal(proxy.asked.length, 0);
  });

  it("prefers the proxy of the settings to the environment", async () => {
    process.env.HTTPS_PROXY = "http://127.0.0.1:1";
    process.env.NO_PROXY = "*";
    await transport({ proxy: proxy.url }).post("<a/>", undefined, testCall());
    assert.equal(proxy.asked.length, 1);
  });

  it("says that the proxy refused, without its password", async () => {
    proxy.behave("refuse");
    const refused = transport({ proxy: `http://me:proxy-password@127.0.0.1:${proxy.port}` });
    await assert.rejects(refused.post("<a/>", undefined, testCall()), (error) => {
      assert.ok(isSnapstateError(error, "unreachable"));
      assert.equal(error.code, "EPROXY");
      assert.match(error.message, /407/);
      assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /proxy-password/);
      return true;
    });
  });

  it("takes a variable without a scheme for an http proxy", async () => {
    process.env.HTTPS_PROXY = `127.0.0.1:${proxy.port}`;
    await transport({}).post("<a/>", undefined, testCall());
    assert.equal(proxy.asked.length, 1);
  });

  it("refuses what is no http proxy, and does not repeat it", () => {
    for (const text of ["socks5://me:variable-password@127.0.0.1:1080", "http://me:variable-password@ 1:x"]) {
      process.env.HTTPS_PROXY = text;
      assert.throws(
        () => transport({}),
        (error) => isSnapstateError(error, "bad-input") && !inspect(error, { depth: 10 }).includes("variable-password"),
      );
    }
    assert.throws(() => transport({ proxy: "socks5://127.0.0.1:1080" }));
  });

  it("keeps the proxy's password out of every text from then on, encoded or not", () => {
    transport({ proxy: `http://me:odd%20secret@127.0.0.1:${proxy.port}` });
    assert.equal(redact("a odd%20secret b odd secret"), "a [secret] b [secret]");
  });

  it("says that the proxy is not there", async () => {
    await assert.rejects(
      transport({ proxy: "http://127.0.0.1:1" }).post("<a/>", undefined, testCall()),
      (error) => isSnapstateError(error, "unreachable") && error.code === "EPROXY",
    );
  });

  it("does not wait for ever for a proxy that says nothing", async () => {
    proxy.behave("hang");
    await assert.rejects(
      transport({ proxy: proxy.url }).post("<a/>", undefined, testCall({ milliseconds: 300 })),
      (error) => isSnapstateError(error, "unreachable", "lost-reply"),
    );
  });
});
