import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { connect, createServer } from "node:tls";
import "reflect-metadata";
import { X509Certificate as LibraryCertificate } from "@peculiar/x509";
import { makeServerCertificate, type ServerCertificate } from "./certificate";

describe("the provider's own certificate", () => {
  it("is signed by its own key, for localhost, for a year, and may sign itself", () => {
    const { certificate, line } = makeServerCertificate();
    const read = new X509Certificate(certificate);
    assert.ok(read.verify(read.publicKey), "its signature does not fit");
    assert.equal(read.ca, true);
    assert.equal(read.checkHost("localhost"), "localhost");
    assert.equal(read.subject, "CN=localhost");
    assert.equal(read.issuer, read.subject);
    assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    const days = (Date.parse(read.validTo) - Date.parse(read.validFrom)) / 86_400_000;
    assert.ok(days > 365 && days < 366, `${days} days`);
    assert.equal(read.raw.toString("base64").replace(/=+$/, ""), line);
    assert.ok(!line.includes("="));
  });

  it("is another one each time, each with its own key and signature", () => {
    const made = Array.from({ length: 100 }, makeServerCertificate);
    const read = made.map(({ certificate }) => new X509Certificate(certificate));
    for (const [at, one] of read.entries()) {
      assert.match(one.serialNumber, /^[4-7][0-9A-F]{31}$/, "negative, or not in its shortest form");
      assert.ok(one.checkPrivateKey(createPrivateKey((made[at] as ServerCertificate).key)));
      assert.ok(one.verify(one.publicKey));
      assert.equal(new LibraryCertificate(one.raw).toString("hex"), one.raw.toString("hex"));
    }
    assert.equal(new Set(read.map(({ serialNumber }) => serialNumber)).size, 100);
  });

  it("serves both ends of a connection with mutual TLS, and refuses another's", async () => {
    const [server, client, other] = [makeServerCertificate(), makeServerCertificate(), makeServerCertificate()];
    const listening = createServer(
      {
        cert: server.certificate,
        key: server.key,
        ca: client.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => socket.end("hello"),
    );
    listening.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as { port: number };
    const read = (own: typeof client, ca: Buffer) =>
      new Promise<string>((resolve) => {
        const socket = connect({
          host: "127.0.0.1",
          port,
          servername: "localhost",
          cert: own.certificate,
          key: own.key,
          ca,
        });
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.on("error", (error) => resolve(`refused: ${error.message}`));
        socket.on("close", () => resolve(text));
      });
    try {
      assert.equal(await read(client, server.certificate), "hello");
      assert.notEqual(await read(other, server.certificate), "hello");
      assert.match(await read(client, other.certificate), /^refused/);
    } finally {
      listening.close();
    }
  });
});
