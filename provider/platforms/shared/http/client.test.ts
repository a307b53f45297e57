import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { testCall } from "../../../../testing/contract/call";
import { type Certificate, Certificates, EXPIRED } from "../../../../testing/contract/certificates";
import { httpAnswer, type RawServer, type Respond, rawServer } from "../../../../testing/contract/raw-server";
import { type ErrorKind, IN_FLIGHT, isSnapstateError } from "../../../core/errors";
import { Transport } from "../../vsphere/client/transport";
import { vsphereSettings } from "../../vsphere/settings";
import type { HttpReply } from "./client";

const BODY = "<Login>the-password</Login>";
const fine: Respond = (_, socket) => void socket.write(httpAnswer("<ok/>"));

describe("a request over HTTP", () => {
  let certificates: Certificates;
  let good: Certificate;
  let respond: Respond;
  let server: RawServer;
  const transports: Transport[] = [];

  before(async () => {
    certificates = new Certificates();
    good = await certificates.make();
    server = await rawServer(good, (...all) => respond(...all));
  });
  beforeEach(() => {
    respond = fine;
    for (const name of ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]) delete process.env[name];
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await server.close();
    certificates.remove();
  });

  function transport(settings: Record<string, unknown>, port = server.port): Transport {
    const endpoint = `https://127.0.0.1:${port}`;
    const made = new Transport(
      vsphereSettings.parse({ endpoint, username: "u", password: "the-password", ...settings }),
    );
    transports.push(made);
    return made;
  }

  async function refused(sent: Promise<HttpReply>, kind: ErrorKind, code: string | RegExp): Promise<void> {
    await assert.rejects(sent, (error) => {
      assert.ok(isSnapstateError(error), String(error));
      assert.equal(error.kind, kind, error.message);
      assert.match(error.code ?? "", typeof code === "string" ? new RegExp(`^${code}$`) : code);
      return true;
    });
  }

  async function untouched(settings: Record<string, unknown>, code: string, of: Certificate = good): Promise<void> {
    const own = await rawServer(of, fine);
    try {
      await refused(
        transport(settings, own.port).post(BODY, () => "vmware_soap_session=x", testCall()),
        "unreachable",
        code,
      );
    } finally {
      await own.close();
    }
    assert.equal(own.received(), "", "not one byte of the request");
  }

  it("sends nothing to a server it does not trust", () => untouched({}, "DEPTH_ZERO_SELF_SIGNED_CERT"));

  it("trusts the authority in caFile, and sends the request as it is", async () => {
    const reply = await transport({ caFile: good.file }).post(BODY, () => 'vmware_soap_session="abc"', testCall());
    assert.deepEqual([reply.status, reply.text, reply.cookies], [200, "<ok/>", []]);
    assert.match(server.received(), /^POST \/sdk HTTP\/1\.1\r\n/);
    assert.match(server.received(), /\r\nCookie: vmware_soap_session="abc"\r\n/);
    assert.match(server.received(), /\r\nSOAPAction: urn:vim25\/6\.7\r\n/);
    assert.ok(server.received().endsWith(BODY));
  });

  it("says which caFile cannot be read, or contains no certificate", async () => {
    assert.throws(
      () => transport({ caFile: "no/such/file.pem" }),
      (error) => isSnapstateError(error, "bad-input") && error.message.includes("no/such/file.pem"),
    );
    assert.throws(
      () => transport({ caFile: __filename }),
      (error) =>
        isSnapstateError(error, "bad-input") && /client\.test\.js contains no certificate.*PEM/.test(error.message),
    );
  });

  it("trusts a pinned fingerprint, however it is written", async () => {
    for (const fingerprint of [good.fingerprint, good.fingerprint.replaceAll(":", "").toLowerCase()]) {
      assert.equal((await transport({ fingerprint }).post(BODY, undefined, testCall())).status, 200);
    }
  });

  it("sends nothing to a server with another fingerprint, insecure or not", async () => {
    const fingerprint = (await certificates.make()).fingerprint;
    await untouched({ fingerprint }, "EFINGERPRINT");
    await untouched({ fingerprint, insecure: true }, "EFINGERPRINT");
    await untouched({ fingerprint, caFile: good.file }, "EFINGERPRINT");
  });

  it("checks the fingerprint of every connection, not of the first only", async () => {
    const closing: Respond = (_, socket) => void socket.end(httpAnswer("<ok/>", { headers: { Connection: "close" } }));
    const first = await rawServer(good, closing);
    const pinned = transport({ fingerprint: good.fingerprint }, first.port);
    for (let n = 0; n < 3; n++) assert.equal((await pinned.post(BODY, undefined, testCall())).status, 200);
    assert.equal(first.connections(), 3);
    await first.close();
    const other = await certificates.make();
    const second = await rawServer(other, fine);
    const detour = createServer((socket) => void socket.pipe(connect(second.port, "127.0.0.1")).pipe(socket));
    await new Promise<void>((resolve) => detour.listen(first.port, "127.0.0.1", resolve));
    try {
      await refused(pinned.post(BODY, undefined, testCall()), "unreachable", "EFINGERPRINT");
      assert.equal(second.received(), "");
    } finally {
      detour.close();
      await second.close();
    }
  });

  it("sends nothing to a server of another name", async () => {
    const other = await certificates.make({ names: ["vcenter.example.com"] });
    await untouched({ caFile: other.file }, "ERR_TLS_CERT_ALTNAME_INVALID", other);
  });

  it("sends nothing to a server with an expired certificate", async () => {
    const expired = await certificates.make(EXPIRED);
    await untouched({ caFile: expired.file }, "CERT_HAS_EXPIRED", expired);
  });

  it("takes whatever answers when told to be insecure", async () => {
    assert.equal((await transport({ insecure: true }).post(BODY, undefined, testCall())).status, 200);
  });

  it("knows that a refused connection carried nothing", async () => {
    const gone = await rawServer(good, fine);
    await gone.close();
    await refused(
      transport({ insecure: true }, gone.port).post(BODY, undefined, testCall()),
      "unreachable",
      "ECONNREFUSED",
    );
  });

  it("knows that a name that does not resolve carried nothing", async () => {
    const nowhere = transport({ endpoint: "https://vcenter.invalid", insecure: true });
    await refused(nowhere.post(BODY, undefined, testCall()), "unreachable", /^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it("knows that a handshake that is cut carried nothing", async () => {
    const rude = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as { port: number };
    await refused(transport({ insecure: true }, port).post(BODY, undefined, testCall()), "unreachable", /^ECONN/);
    rude.close();
  });

  it("does not know what became of a request whose connection was reset", async () => {
    respond = (_, socket) => void socket.destroy();
    await refused(transport({ insecure: true }).post(BODY, undefined, testCall()), "lost-reply", "ECONNRESET");
  });

  it("does not know what became of a request whose answer was cut", async () => {
    respond = (_, socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a");
    await refused(transport({ insecure: true }).post(BODY, undefined, testCall()), "lost-reply", /./);
  });

  it("does not know what became of a request that met no HTTP", async () => {
    respond = (_, socket) => void socket.end("garbage\r\n\r\n");
    await refused(transport({ insecure: true }).post(BODY, undefined, testCall()), "lost-reply", /HPE_/);
  });

  for (const [name, slow] of [
    ["nothing", () => {}],
    [
      "a byte now and then",
      (_, socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        const timer = setInterval(() => socket.write("x"), 50);
        socket.once("close", () => clearInterval(timer));
      },
    ],
  ] as [string, Respond][]) {
    it(`waits no longer than the request may take, with ${name} coming back`, async () => {
      respond = slow;
      const impatient = transport({ insecure: true, requestTimeout: "300ms" });
      await refused(impatient.post(BODY, undefined, testCall()), "lost-reply", /./);
      const patient = transport({ insecure: true });
      await refused(patient.post(BODY, undefined, testCall({ milliseconds: 300 })), "lost-reply", /./);
    });
  }

  it("stops at once when cancelled", async () => {
    const call = testCall();
    respond = () => call.abort.abort();
    await refused(transport({ insecure: true }).post(BODY, undefined, call), "cancelled", IN_FLIGHT);
  });

  it("follows no redirect, which would carry the password elsewhere", async () => {
    respond = (_, socket) =>
      void socket.write(httpAnswer("", { status: 302, headers: { Location: "https://127.0.0.1:1/" } }));
    assert.equal((await transport({ insecure: true }).post(BODY, undefined, testCall())).status, 302);
  });

  it("reads a compressed answer", async () => {
    const body = gzipSync("<ok>é</ok>");
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    respond = (_, socket) => void socket.write(Buffer.concat([Buffer.from(head), body]));
    assert.equal((await transport({ insecure: true }).post(BODY, undefined, testCall())).text, "<ok>é</ok>");
  });

  it("bounds a huge answer", async () => {
    let sent = 0;
    const part = Buffer.alloc(4 * 1024 * 1024, "x");
    respond = (_, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const more = () => {
        if (socket.destroyed) return;
        sent += part.length;
        socket.write(`${part.length.toString(16)}\r\n`);
        socket.write(part);
        socket.write("\r\n", () => setImmediate(more));
      };
      more();
    };
    await refused(transport({ insecure: true }).post(BODY, undefined, testCall()), "lost-reply", /./);
    assert.ok(sent < 400 * 1024 * 1024);
  });
});
