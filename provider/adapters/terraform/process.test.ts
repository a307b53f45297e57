import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  type ChannelCredentials,
  credentials,
  makeGenericClientConstructor,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { packageRoot } from "../../../testing/support/package-root";
import { makeCertificate } from "../../../testing/support/x509";

const COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
const root = packageRoot(__dirname);
let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
});

function start(more: NodeJS.ProcessEnv, ...args: string[]) {
  const running = spawn(join(root, "bin", "terraform-provider-snapstate"), args, {
    env: { PATH: process.env.PATH, ...more },
  });
  child = running;
  const said = { out: "", err: "" };
  running.stdout.on("data", (text) => {
    said.out += text;
  });
  running.stderr.on("data", (text) => {
    said.err += text;
  });
  return { running, said };
}

function call(
  address: string,
  channel: ChannelCredentials,
  name: "GetProviderSchema" | "Shutdown",
): Promise<Record<string, object>> {
  const [file, service] =
    name === "Shutdown" ? ["plugin.proto", "plugin.GRPCController"] : ["tfplugin6.proto", "tfplugin6.Provider"];
  const proto = join(root, "provider", "adapters", "terraform", file);
  const definition = loadSync(proto, { defaults: true })[service] as ServiceDefinition;
  const Client = makeGenericClientConstructor(definition, service);
  const client = new Client(address, channel, { "grpc.ssl_target_name_override": "localhost" });
  const method = client[name] as (
    request: object,
    options: object,
    done: (error: unknown, reply: unknown) => void,
  ) => void;
  return new Promise<Record<string, object>>((resolve, reject) => {
    method.call(client, {}, { deadline: Date.now() + 10_000 }, (error, reply) => {
      client.close();
      if (error) reject(error);
      else resolve(reply as Record<string, object>);
    });
  });
}

describe("the executable for Terraform", () => {
  it("says what it is when a person starts it", async () => {
    const { running, said } = start({});
    const [code] = await once(running, "close");
    assert.deepEqual([code, said.out], [1, ""]);
    assert.match(said.err, /They start it themselves.*tofu init/s);
  });

  it("refuses an engine of another protocol, and one without a certificate", async () => {
    for (const [more, expected] of [
      [{ PLUGIN_PROTOCOL_VERSIONS: "5", PLUGIN_CLIENT_CERT: "x" }, /speaks protocol 5, and snapstate 6/],
      [{ PLUGIN_PROTOCOL_VERSIONS: "6" }, /no certificate/],
    ] as const) {
      const { running, said } = start({ TF_PLUGIN_MAGIC_COOKIE: COOKIE, ...more });
      const [code] = await once(running, "close");
      assert.deepEqual([code, said.out], [1, ""]);
      assert.match(said.err, expected);
    }
  });

  it("has loaded none of what makes the schema when it prints the line", async () => {
    const { cert } = await makeCertificate();
    const server = JSON.stringify(join(__dirname, "server.js"));
    const program = `require(${server}).startProvider(process.env.CERT, () => {}).then(() => { console.log(JSON.stringify(Object.keys(require.cache))); process.exit(); })`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { env: { CERT: cert } });
    const loaded = JSON.parse(stdout) as string[];
    assert.ok(loaded.some((file) => file.includes("grpc-js")));
    const late =
      /(node_modules.(protobufjs|@grpc.proto-loader|zod|axios|@msgpack))|provider.(resources|platforms|runtime|schema)\b/;
    assert.deepEqual(
      loaded.filter((file) => late.test(file)),
      [],
    );
  });

  it("with --debug prints the variable by which engines attach, serves several in turn, and ends when it is told to", async () => {
    const { running, said } = start({}, "--debug");
    await once(running.stdout, "data");
    const [, json = "{}"] = /^TF_REATTACH_PROVIDERS='(.*)'\n$/.exec(said.out) ?? [];
    const reattach = JSON.parse(json) as Record<
      string,
      { ProtocolVersion: number; Pid: number; Addr: { String: string } }
    >;
    assert.deepEqual(Object.keys(reattach), [
      "registry.opentofu.org/snapstate/snapstate",
      "registry.terraform.io/snapstate/snapstate",
    ]);
    const [one] = Object.values(reattach);
    assert.deepEqual([one?.ProtocolVersion, one?.Pid], [6, running.pid]);
    for (let engine = 0; engine < 2; engine++) {
      const schema = await call(one?.Addr.String ?? "", credentials.createInsecure(), "GetProviderSchema");
      assert.equal(Object.keys(schema.resourceSchemas ?? {}).length, 8);
    }
    running.kill("SIGTERM");
    assert.deepEqual(await once(running, "close"), [0, null]);
  });

  it("with --debug ends with the process that started it", async () => {
    const executable = join(root, "bin", "terraform-provider-snapstate");
    const shell = spawn("sh", ["-c", '"$0" --debug & read line', executable], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await once(shell.stdout, "data");
    const pid = Number(/"Pid":(\d+)/.exec(String(line))?.[1]);
    shell.stdin.end("\n");
    // The provider holds the other end of the pipe.
    const ended = await Promise.race([once(shell, "close").then(() => true), sleep(10_000, false, { ref: false })]);
    if (!ended) process.kill(pid);
    assert.ok(ended);
  });

  it("prints one line, takes the engine's certificate and no other, and ends when it is told to", async () => {
    const [engine, other] = [await makeCertificate(), await makeCertificate()];
    const { running, said } = start({
      TF_PLUGIN_MAGIC_COOKIE: COOKIE,
      PLUGIN_PROTOCOL_VERSIONS: "6",
      PLUGIN_CLIENT_CERT: engine.cert,
    });
    await once(running.stdout, "data");
    const [, , , address = "", , certificate = ""] = said.out.trim().split("|");
    assert.match(said.out, /^1\|6\|tcp\|127\.0\.0\.1:\d+\|grpc\|[A-Za-z0-9+/]+\n$/);
    const authority = Buffer.from(
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate, "base64").toString("base64")}\n-----END CERTIFICATE-----\n`,
    );
    const withKeyOf = ({ cert, key }: { cert: string; key: string }) =>
      credentials.createSsl(authority, Buffer.from(key), Buffer.from(cert));
    await assert.rejects(call(address, withKeyOf(other), "GetProviderSchema"));
    const schema = await call(address, withKeyOf(engine), "GetProviderSchema");
    assert.equal(Object.keys(schema.resourceSchemas ?? {}).length, 8);
    assert.equal(Object.keys(schema.dataSourceSchemas ?? {}).length, 4);
    await call(address, withKeyOf(engine), "Shutdown");
    const [code] = await once(running, "close");
    assert.equal(code, 0);
    assert.equal(said.out.split("\n").length, 2);
  });
});
