import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import type { ServiceError, status } from "@grpc/grpc-js";
import { type RunningPlugin, startPlugin } from "../../provider/adapters/plugin/server";
import type { TargetState } from "../../provider/platforms/contract";
import { MemoryDriver } from "../memory-driver/memory-driver";
import type { Properties } from "../support/protocol";
import { PluginClient, startEngineLog } from "./plugin-client";

/** A plugin in this process with a hypervisor in memory and one VM, `web`; new for each test. */
export interface PluginBench {
  driver: MemoryDriver;
  vm: TargetState;
  client: PluginClient;
  engine: Awaited<ReturnType<typeof startEngineLog>>;
  /** Check and create of a Snapshot of `web`. */
  created(args?: Properties): Promise<{ inputs: Properties } & Awaited<ReturnType<PluginClient["create"]>>>;
}

/** Registers set-up and clean-up of a bench; its properties are available in tests. */
export function pluginBench(): PluginBench {
  const bench = {} as PluginBench;
  let plugin: RunningPlugin;
  before(async () => {
    bench.engine = await startEngineLog();
  });
  after(() => bench.engine.stop());

  beforeEach(async () => {
    const driver = new MemoryDriver();
    const elsewhere = new MemoryDriver();
    elsewhere.installationId = "memory-2";
    plugin = await startPlugin({
      engine: bench.engine.address,
      connect: (text) => ({
        get: () => (text?.includes("elsewhere") ? elsewhere : driver),
        close: async () => {},
      }),
    });
    const client = new PluginClient(plugin.port);
    Object.assign(bench, { driver, vm: driver.addVm("vm-1", "web"), client });
    await client.configure();
    bench.engine.lines.length = 0;
  });
  afterEach(async () => {
    bench.client.close();
    await plugin.stop();
  });

  bench.created = async (args = {}) => {
    const { inputs, failures } = await bench.client.check({ target: "web", ...args });
    assert.deepEqual(failures, []);
    return { inputs, ...(await bench.client.create(inputs)) };
  };
  return bench;
}

/** The failure of a call, with this code and message. */
export async function fails(work: Promise<unknown>, code: status, text: RegExp): Promise<ServiceError> {
  const error = await work.then(
    () => assert.fail("it did not fail"),
    (failure: ServiceError) => failure,
  );
  assert.match(error.details, text);
  assert.equal(error.code, code);
  return error;
}
