import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { packageRoot } from "../testing/support/package-root";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
let pack: ChildProcess;
let client: AnalyzerClient;

/** The pack as the Pulumi CLI starts it, on a port of its own choice. */
before(async () => {
  const root = packageRoot(__dirname);
  const runner = join(root, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");
  const folder = join(root, "policy");
  pack = spawn(process.execPath, [runner, "127.0.0.1:1", join(folder, "index.ts")], {
    cwd: folder,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  pack.stderr?.on("data", (part) => {
    complaints += part;
  });
  const port = await new Promise<string>((resolve, reject) => {
    pack.stdout?.once("data", (line) => resolve(String(line).trim()));
    pack.once("close", () => reject(new Error(`the pack did not start: ${complaints}`)));
  });
  client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
});

after(async () => {
  client?.close();
  pack?.kill();
  if (pack?.exitCode === null) await new Promise((resolve) => pack.once("close", resolve));
});

type Props = Record<string, JavaScriptValue>;

/** `policy: level` of every violation of a stack with one snapshot. */
async function violations(props: Props): Promise<string[]> {
  const resource = new messages.AnalyzerResource();
  resource.setType("pulumi-nodejs:dynamic/snapstate:Snapshot");
  resource.setName("one");
  resource.setUrn("urn:pulumi:dev::app::pulumi-nodejs:dynamic/snapstate:Snapshot::one");
  resource.setProperties(Struct.fromJavaScript(props));
  resource.setOptions(new messages.AnalyzerResourceOptions());
  const request = new messages.AnalyzeStackRequest();
  request.setResourcesList([resource]);
  const reply = await new Promise<messages.AnalyzeResponse>((resolve, reject) => {
    client.analyzeStack(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
  return reply.getDiagnosticsList().map((one) => {
    const level = one.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY ? "mandatory" : "advisory";
    assert.match(one.getMessage(), /one /);
    return `${one.getPolicyname()}: ${level}`;
  });
}

async function configure(name: string, level: messages.EnforcementLevel, properties: Props): Promise<void> {
  const config = new messages.PolicyConfig();
  config.setEnforcementlevel(level);
  config.setProperties(Struct.fromJavaScript(properties));
  const request = new messages.ConfigureAnalyzerRequest();
  request.getPolicyconfigMap().set(name, config);
  await new Promise<void>((resolve, reject) => {
    client.configure(request, (error) => (error ? reject(error) : resolve()));
  });
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

describe("the policy pack, as Pulumi runs it", () => {
  it("finds nothing wrong with a snapshot that keeps to the rules", async () => {
    assert.deepEqual(await violations({ ttl: "72h", createdAt: hoursAgo(1), depth: 1 }), []);
  });

  it("tells what is wrong, with the level of each policy", async () => {
    assert.deepEqual((await violations({ createdAt: hoursAgo(100), depth: 9 })).sort(), [
      "snapshot-chain-depth: advisory",
      "snapshot-has-expiry: mandatory",
      "snapshot-max-age: mandatory",
    ]);
    assert.deepEqual(await violations({ hold: true, createdAt: hoursAgo(100) }), [
      "snapshot-hold-has-reason: mandatory",
    ]);
    const memory = { ttl: "1h", memory: true, sizeBytes: 40 * 2 ** 30 };
    assert.deepEqual(await violations(memory), ["snapshot-memory-size: advisory"]);
  });

  it("judges what a preview knows, although other things are not known yet", async () => {
    const preview = { createdAt: UNKNOWN, depth: UNKNOWN, sizeBytes: UNKNOWN, memory: true, target: UNKNOWN };
    assert.deepEqual(await violations(preview), ["snapshot-has-expiry: mandatory"]);
    assert.deepEqual(await violations({ ...preview, ttl: UNKNOWN }), []);
  });

  it("takes numbers and levels from its configuration", async () => {
    await configure("snapshot-max-age", messages.EnforcementLevel.ADVISORY, { maxAgeHours: 200 });
    assert.deepEqual(await violations({ ttl: "1h", createdAt: hoursAgo(100) }), []);
    assert.deepEqual(await violations({ ttl: "1h", createdAt: hoursAgo(300) }), ["snapshot-max-age: advisory"]);
  });
});
