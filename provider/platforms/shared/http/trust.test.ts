import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlainServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import tls, { createServer, type SecureVersion } from "node:tls";
import { z } from "zod";
import { testCall } from "../../../../testing/contract/call";
import { type Certificate, Certificates, EXPIRED } from "../../../../testing/contract/certificates";
import { type ConnectProxy, connectProxy } from "../../../../testing/contract/connect-proxy";
import { httpAnswer, type RawServer, rawServer } from "../../../../testing/contract/raw-server";
import { isSnapstateError, type SnapstateError } from "../../../core/errors";
import type { Driver } from "../../contract";
import { platformNamed } from "../../registry";
import { HttpClient } from "./client";
import { networkSettings } from "./settings";

const PASSWORD = "the-password-in-the-body";
const TOMORROW = { from: new Date(Date.now() + 86_400_000), until: new Date(Date.now() + 2 * 86_400_000) };
const settings = z.object(networkSettings);

/** How a server is set up, which of its certificates a client knows, and what the client must say. */
interface Case {
  is: string;
  certificate: () => Certificate | Promise<Certificate>;
  connection?: () => Record<string, unknown> | Promise<Record<string, unknown>>;
  code: RegExp;
  says: RegExp;
}

describe("whom a connection trusts", () => {
  const certificates = new Certificates();
  const leaf = (request: object = {}) => certificates.make({ issuer: authority, ...request });
  let authority: Certificate;
  let good: Certificate;
  let proxy: ConnectProxy;
  const closing: (() => unknown)[] = [() => certificates.remove()];

  before(async () => {
    authority = await certificates.make({ commonName: "an authority", authority: true });
    good = await leaf();
    for (const name of ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]) delete process.env[name];
    proxy = await connectProxy();
    closing.push(() => proxy.close());
  });
  after(async () => {
    for (const close of closing) await close();
  });

  async function served(certificate: Certificate): Promise<RawServer> {
    const server = await rawServer(certificate, (_, socket) => void socket.write(httpAnswer("<ok/>")));
    closing.push(() => server.close());
    return server;
  }

  function client(port: number, connection: Record<string, unknown> = {}): HttpClient {
    const endpoint = `https://127.0.0.1:${port}/`;
    const made = new HttpClient({ ...settings.parse(connection), platform: "Test", endpoint });
    closing.push(() => made.close());
    return made;
  }

  const send = (to: HttpClient) => to.send({ method: "POST", body: PASSWORD }, testCall());

  async function refusal(sent: Promise<unknown>, { code, says }: Pick<Case, "code" | "says">): Promise<SnapstateError> {
    const error = await sent.then(
      () => assert.fail("it was accepted"),
      (reason: unknown) => reason,
    );
    assert.ok(isSnapstateError(error, "unreachable"), String(error));
    assert.match(error.code ?? "", code);
    assert.match(error.hint ?? "", says);
    assert.doesNotMatch(error.message, /insecure|openssl\/|:error:/i);
    return error;
  }

  const caFile = () => ({ caFile: authority.file });
  const cases: Case[] = [
    {
      is: "an expired certificate",
      certificate: () => leaf(EXPIRED),
      connection: caFile,
      code: /^CERT_HAS_EXPIRED$/,
      says: /Renew.*`fingerprint`.*clock/,
    },
    {
      is: "a certificate that is not valid yet",
      certificate: () => leaf(TOMORROW),
      connection: caFile,
      code: /^CERT_NOT_YET_VALID$/,
      says: /clock.*`fingerprint`/,
    },
    {
      is: "a certificate for another host",
      certificate: () => leaf({ names: ["vcenter.example.com"] }),
      connection: caFile,
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      says: /name from the certificate.*`fingerprint`/,
    },
    {
      is: "a self-signed certificate",
      certificate: () => certificates.make(),
      code: /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
      says: /`caFile`.*`fingerprint`/,
    },
    {
      is: "a certificate of an authority that nobody knows",
      certificate: () => good,
      code: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
      says: /`caFile`.*`fingerprint`/,
    },
    {
      is: "the same, with the authority sent along",
      certificate: () => ({ ...good, cert: good.cert + authority.cert }),
      code: /^SELF_SIGNED_CERT_IN_CHAIN$/,
      says: /`caFile`.*`fingerprint`/,
    },
    {
      is: "a certificate of another authority of the same name",
      certificate: async () =>
        leaf({ issuer: await certificates.make({ commonName: "an authority", authority: true }) }),
      connection: caFile,
      code: /SIGNATURE|ISSUER/,
      says: /`caFile`.*`fingerprint`/,
    },
    {
      is: "another certificate than the pinned one, though its authority is known",
      certificate: () => good,
      connection: async () => ({ ...caFile(), fingerprint: (await leaf()).fingerprint }),
      code: /^EFINGERPRINT$/,
      says: /Compare it.*`fingerprint`/,
    },
  ];
  for (const { is, certificate, connection = () => ({}), ...expected } of cases) {
    for (const through of ["directly", "through a proxy"]) {
      it(`refuses ${is}, ${through}, with not one byte sent`, async () => {
        const server = await served(await certificate());
        const by = through === "directly" ? {} : { proxy: proxy.url };
        const careful = client(server.port, { ...(await connection()), ...by });
        await refusal(send(careful), expected);
        assert.equal(server.received(), "");
      });
    }
  }

  it("is not talked out of it by NODE_TLS_REJECT_UNAUTHORIZED", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      const server = await served(await certificates.make());
      for (const by of [{}, { proxy: proxy.url }]) {
        await refusal(send(client(server.port, by)), { code: /SELF_SIGNED/, says: /`caFile`/ });
      }
      assert.equal(server.received(), "");
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it("accepts what its authority signed, and what is pinned, however old that is", async () => {
    const server = await served(good);
    assert.equal((await send(client(server.port, caFile()))).status, 200);
    assert.equal((await send(client(server.port, { fingerprint: good.fingerprint }))).status, 200);
    const old = await leaf({ ...EXPIRED, names: ["elsewhere.example.com"] });
    assert.equal((await send(client((await served(old)).port, { fingerprint: old.fingerprint }))).status, 200);
  });

  for (const [version, code] of [
    ["TLSv1", /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|EPROTO/],
    ["TLSv1.1", /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|EPROTO/],
  ] as [SecureVersion, RegExp][]) {
    it(`refuses a server that speaks ${version} only, even where Node was told to take it`, async () => {
      // Old versions need hashes that OpenSSL 3 only gives at its lowest level.
      const old = { minVersion: "TLSv1", maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } as const;
      let received = 0;
      const server = createServer({ ...good, ...old }, (socket) => void socket.on("data", () => received++));
      server.on("tlsClientError", () => {});
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      closing.push(() => server.close());
      const before = tls.DEFAULT_MIN_VERSION;
      tls.DEFAULT_MIN_VERSION = "TLSv1";
      try {
        const { port } = server.address() as AddressInfo;
        for (const how of [
          caFile(),
          { fingerprint: good.fingerprint },
          { insecure: true },
          { ...caFile(), proxy: proxy.url },
        ]) {
          await refusal(send(client(port, how)), { code, says: /TLS 1\.2/ });
        }
        assert.equal(received, 0);
      } finally {
        tls.DEFAULT_MIN_VERSION = before;
      }
    });
  }

  it("says that plain HTTP answers on the port, and sends it nothing", async () => {
    let requests = 0;
    const server = createPlainServer((_, reply) => {
      requests++;
      reply.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    for (const how of [{}, { insecure: true }]) {
      const error = await refusal(send(client(port, how)), { code: /SSL|EPROTO/, says: /does not use TLS.*port/ });
      assert.match(error.detail ?? "", /TLS failed with "/);
    }
    assert.equal(requests, 0);
  });

  for (const [pin, code] of [
    ["fingerprint", /^EFINGERPRINT$/],
    ["caFile", /SIGNATURE|ISSUER|SELF_SIGNED/],
  ] as const) {
    it(`refuses a certificate that changes in the middle of a run, trusted by ${pin}`, async () => {
      const last = httpAnswer("<ok/>", { headers: { Connection: "close" } });
      const first = await rawServer(good, (_, socket) => void socket.end(last));
      const running = client(first.port, pin === "caFile" ? caFile() : { fingerprint: good.fingerprint });
      assert.equal((await send(running)).status, 200);
      await first.close();
      const second = await rawServer(await certificates.make(), () => {}, first.port);
      closing.push(() => second.close());
      await refusal(send(running), { code, says: /`fingerprint`/ });
      assert.equal(second.received(), "");
    });
  }

  for (const [name, more] of [
    ["vsphere", { username: "u", password: PASSWORD }],
    ["cloudstack", { apiKey: "an-api-key", secretKey: PASSWORD }],
    ["cloudmc", { apiKey: PASSWORD, service: "s", environment: "e" }],
    ["ovh-vps", { applicationKey: "an-app-key", applicationSecret: PASSWORD, consumerKey: "a-consumer-key" }],
    ["ovh-vps", { clientId: "id", clientSecret: PASSWORD, tokenUrl: "HERE" }],
  ] as const) {
    it(`${name} is asked once and says what to do: ${Object.keys(more)[0]}`, async () => {
      const server = await served(await certificates.make());
      const endpoint = `https://127.0.0.1:${server.port}`;
      const platform = platformNamed(name);
      const full = { ...more, endpoint, ...("tokenUrl" in more ? { tokenUrl: `${endpoint}/token` } : {}) };
      const driver = platform?.connect(platform.settings.parse(full) as never, () => assert.fail()) as Driver;
      closing.push(() => driver.close());
      const looking = driver.findTarget("snapshot", { by: "any", value: "web" }, testCall());
      await refusal(looking, { code: /SELF_SIGNED/, says: /`caFile`.*`fingerprint`/ });
      // CloudMC reads three lists at a time.
      assert.ok(server.attempts() <= (name === "cloudmc" ? 3 : 1), "a certificate does not get better by asking again");
      assert.equal(server.received(), "");
    });
  }
});
