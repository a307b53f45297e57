import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { PluginClient, startEngineLog } from "../../../testing/plugin/plugin-client";
import { packageRoot } from "../../../testing/support/package-root";

const root = packageRoot(__dirname);
const executable = join(root, "bin", "pulumi-resource-snapstate");
const running: ChildProcess[] = [];

after(() => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
});

/** Starts the executable as the engine does, and measures the milliseconds until it prints its port. */
async function start(engine: string, cwd = root) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [executable, "--logtostderr", "-v=1", engine], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, SNAPSTATE_CONNECTIONS: '{"lab":{"platform":"vsphere"}}' },
  });
  running.push(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  while (!output.includes("\n")) {
    assert.equal(child.exitCode, null, errors);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    child,
    closed,
    port: Number(output),
    milliseconds: performance.now() - startedAt,
    output: () => output,
    errors: () => errors,
  };
}

describe("the executable", () => {
  it("prints its port, nothing else, and soon", async () => {
    const engine = await startEngineLog();
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { child, closed, port, milliseconds, output, errors } = await start(engine.address);
      const client = new PluginClient(port);
      await client.handshake(engine.address);
      await client.configure({});
      await client.check({ target: "web", connection: "lab" });
      client.close();
      child.kill("SIGINT");
      assert.equal(await closed, 0);
      assert.equal(output(), `${port}\n`);
      assert.equal(errors(), "");
      times.push(milliseconds);
    }
    engine.stop();
    // The best of three, beside a Node that does nothing, since other work on the machine adds to both.
    const bare = [1, 2, 3].map(() => {
      const startedAt = performance.now();
      spawnSync(process.execPath, ["--eval", "0"], { env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
      return performance.now() - startedAt;
    });
    const all = `${times.map(Math.round).join(", ")} ms, and Node itself ${bare.map(Math.round).join(", ")} ms`;
    assert.ok(Math.min(...times) < 12 * Math.min(...bare), all);
  });

  it("ends by itself when the engine's address has died", async () => {
    const engine = await startEngineLog();
    const { closed } = await start(engine.address);
    engine.stop();
    const late = new Promise((resolve) => setTimeout(() => resolve("still there"), 20_000).unref());
    assert.equal(await Promise.race([closed, late]), 0);
  });
});
