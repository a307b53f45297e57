import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { fails, pluginBench } from "../../../testing/plugin/bench";
import { missingKeysOf, PluginClient, startEngineLog } from "../../../testing/plugin/plugin-client";
import { packageRoot } from "../../../testing/support/package-root";
import type { Properties } from "../../../testing/support/protocol";
import { isSecret, UNKNOWN } from "../../../testing/support/protocol";
import { startPlugin } from "./server";

const bench = pluginBench();

describe("handshake and schema", () => {
  it("shakes hands: secrets are accepted, references and outputs are not", async () => {
    const reply = await bench.client.handshake(bench.engine.address);
    assert.deepEqual(
      [reply.getAcceptSecrets(), reply.getAcceptResources(), reply.getAcceptOutputs()],
      [true, false, false],
    );
  });

  it("sends its log to the engine that attached", async () => {
    const later = await startEngineLog();
    await bench.client.attach(later.address);
    await bench.client.check({ target: "nowhere" });
    while (later.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    later.stop();
    assert.ok(
      later.lines.some(({ urn, message }) => urn === bench.client.urn && /not found; up fails unless/.test(message)),
    );
  });

  it("has the schema of the package, in one format", async () => {
    assert.equal(await bench.client.schema(), readFileSync(join(packageRoot(__dirname), "schema.json"), "utf8"));
    await fails(bench.client.schema(1), status.INVALID_ARGUMENT, /version 1/);
  });

  it("has the version of the package", async () => {
    const facts = JSON.parse(readFileSync(join(packageRoot(__dirname), "package.json"), "utf8"));
    assert.equal(await bench.client.version(), facts.version);
  });
});

describe("configuration", () => {
  it("passes a list of connections as a text and as a map", async () => {
    const list = { lab: { platform: "vsphere", endpoint: "vcenter.example.com" } };
    assert.deepEqual((await bench.client.checkConfig({ connections: list, version: "1.0.0" })).failures, []);
    assert.deepEqual(
      (await bench.client.checkConfig({ connections: JSON.stringify(list), adapter: "plugin" })).failures,
      [],
    );
    assert.deepEqual((await bench.client.checkConfig({ connections: UNKNOWN })).failures, []);
    assert.deepEqual(
      (await bench.client.checkConfig({ connections: { lab: { ...list.lab, password: UNKNOWN } } })).failures,
      [],
    );
  });

  for (const [what, news, property, reason] of [
    ["an unknown key", { connectoins: "{}" }, "connectoins", /did you mean connections/],
    ["no JSON", { connections: "{" }, "connections", /not a map/],
    ["a list", { connections: [] }, "connections", /not a map/],
    ["a number for a connection", { connections: { lab: 1 } }, "connections.lab", /not a map of settings/],
    [
      "an unknown platform",
      { connections: { lab: { platform: "vspehre" } } },
      "connections.lab.platform",
      /did you mean vsphere/,
    ],
    [
      "an unknown setting",
      { connections: { lab: { platform: "vsphere", endpont: "x" } } },
      "connections.lab.endpont",
      /did you mean endpoint/,
    ],
    [
      "a wrong type",
      { connections: { lab: { platform: "vsphere", concurrency: "many" } } },
      "connections.lab.concurrency",
      /number/,
    ],
    [
      "NaN",
      { connections: { lab: { platform: "vsphere", concurrency: Number.NaN } } },
      "connections.lab.concurrency",
      /./,
    ],
  ] as [string, Properties, string, RegExp][]) {
    it(`refuses ${what}`, async () => {
      const { failures } = await bench.client.checkConfig(news);
      assert.equal(failures.length, 1, JSON.stringify(failures));
      assert.equal(failures[0]?.property, property);
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("replaces only when a connection reaches another installation, never for credentials", async () => {
    const list = (endpoint: string, password = "one") => ({
      connections: JSON.stringify({ lab: { platform: "vsphere", endpoint, password } }),
    });
    const replaces = async (olds: Properties, news: Properties) =>
      (await bench.client.diffConfig(olds, news)).getReplacesList();
    assert.deepEqual(await replaces(list("a"), list("a")), []);
    assert.deepEqual(await replaces(list("a"), list("a", "two")), []);
    assert.deepEqual(await replaces(list("a"), list("b")), []);
    assert.deepEqual(await replaces(list("a"), list("elsewhere")), ["connections"]);
    // Bookkeeping of the dynamic adapter says nothing about connections.
    assert.deepEqual(await replaces({ "snapstate:connections": "{}" }, list("elsewhere")), []);
    bench.driver.faults.push({ method: "installation", kind: "unreachable", when: "before" });
    assert.deepEqual(await replaces(list("a"), list("elsewhere")), []);
  });

  it("gives connections back as a secret, since the state keeps them", async () => {
    const { inputs } = await bench.client.checkConfig({
      connections: '{"lab":{"password":"canary"}}',
      adapter: "plugin",
    });
    assert.ok(isSecret(inputs.connections) && !isSecret(inputs.adapter));
  });

  it("names the key that is missing, so that the engine can say how to set it", async () => {
    const error = await fails(bench.client.configure({}), status.INVALID_ARGUMENT, /missing/);
    assert.deepEqual(missingKeysOf(error), ["snapstate:connections"]);
  });

  it("is required before anything else", async () => {
    const fresh = await startPlugin();
    const early = new PluginClient(fresh.port);
    await fails(early.check({ target: "web" }), status.FAILED_PRECONDITION, /not configured/);
    early.close();
    await fresh.stop();
  });
});
