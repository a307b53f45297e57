import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startPlugin } from "../../provider/adapters/plugin/server";
import { dynamicTypeOf, tokenOf } from "../../provider/adapters/plugin/tokens";
import type { Snapshot, Subscription } from "../../provider/platforms/contract";
import { lifecycles, type ResourceType, type Values } from "../../provider/resources";
import { joinLookups } from "../../provider/schema/lookups";
import { testContext } from "../memory-driver/context";
import { MemoryDerived } from "../memory-driver/memory-derived";
import { MemoryDriver } from "../memory-driver/memory-driver";
import { PluginClient } from "../plugin/plugin-client";
import { packageRoot } from "../support/package-root";
import type { Properties, Value } from "../support/protocol";

/*
 * States written by a version of this package must be readable by every later one without a change. Each version has a
 * file here, written once with SNAPSTATE_RECORD=1 and never edited: the program's inputs, the platform's content, and
 * the resources in the state.
 */

interface Recorded {
  version: string;
  snapshots: Snapshot[];
  copies: MemoryDerived["all"];
  resources: {
    type: ResourceType;
    args: Properties;
    urn: string;
    id: string;
    inputs: Properties;
    outputs: Properties;
  }[];
}

const root = packageRoot(__dirname);
const folder = join(root, "testing", "recorded");

const programs: [ResourceType, Properties][] = [
  ["Snapshot", { target: "web", name: "before", description: "why", triggers: ["v1"], limits: { maxAge: "36500d" } }],
  [
    "Snapshot",
    { target: { name: "web" }, quiesce: "prefer", expiresAt: "2999-01-01T00:00:00Z", limits: { maxAge: "36500d" } },
  ],
  [
    "RecoveryPoint",
    { target: "web", consistency: "memory", hold: true, limits: { warnChainDepth: 9, maxAge: "36500d" } },
  ],
  ["ConsolidationTask", { target: "web", triggers: [1] }],
  ["Restore", { target: "web", snapshot: "before", triggers: ["v1"], confirm: "web" }],
  ["Restore", { target: "web", snapshot: "before" }],
  ["SnapshotPolicy", { targets: ["web"], label: "nightly", keepLast: 3, triggers: ["v1"] }],
  ["SnapshotPolicy", { targets: ["web"], label: "kept", keepLast: 2, maxAge: "36500d" }],
  ["SnapshotOption", { target: "web", onDestroy: "cancel" }],
  ["SnapshotOption", { target: "web", policy: "order", maxPrice: { amount: 3, currency: "EUR" } }],
  ["Template", { snapshot: "point-2", name: "golden", description: "for new web servers" }],
  ["Template", { snapshot: "point-2", name: "debian", osType: "debian" }],
  ["Volume", { snapshot: "point-2", name: "data", attachTo: "web" }],
  ["Volume", { snapshot: "point-2", name: "spare", onDestroy: "retain" }],
];

const unasked = async () => assert.fail("a subscribed option is not asked for more");
const subscribed: Subscription = {
  state: async () => "subscribed",
  offer: unasked,
  prepare: unasked,
  find: async () => undefined,
  make: unasked,
  delivered: unasked,
  end: async () => {},
  endWarning: "",
};

async function record(version: string): Promise<void> {
  const snapshots: Snapshot[] = [];
  const driver = platformOf(snapshots, []);
  const resources: Recorded["resources"] = [];
  for (const [index, [type, args]] of programs.entries()) {
    // Half of them are made by the dynamic adapter.
    const token = index % 2 === 0 ? dynamicTypeOf(type) : tokenOf(type);
    const urn = `urn:pulumi:dev::app::${token}::r${index}`;
    const context = testContext(driver, urn);
    const { inputs } = await lifecycles[type].check(undefined, args, context);
    const { id, outputs } = await lifecycles[type].create(inputs, context);
    const closure = index % 2 === 0 ? { __provider: "the closure's text", owner: urn } : {};
    const plain = (values: Values) => JSON.parse(JSON.stringify({ ...values, ...closure })) as Properties;
    resources.push({ type, args, urn, id, inputs: plain(inputs), outputs: plain(outputs) });
  }
  // Read again, as by a refresh: later snapshots have changed which one is current.
  for (const resource of resources) {
    const { __provider, owner, ...state } = resource.outputs;
    const read = await lifecycles[resource.type].read(resource.id, state, testContext(driver, resource.urn));
    assert.ok(read);
    const closure = __provider === undefined ? {} : { __provider, owner };
    resource.outputs = JSON.parse(JSON.stringify({ ...read.outputs, ...closure }));
  }
  const recorded: Recorded = { version, snapshots, copies: driver.derived?.all ?? [], resources };
  writeFileSync(join(folder, `${version}.json`), `${JSON.stringify(recorded, undefined, 2)}\n`);
}

describe("states of earlier versions", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (process.env.SNAPSTATE_RECORD && !existsSync(join(folder, `${version}.json`))) await record(version);
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

  it("are kept, this version's too", () => {
    assert.ok(files.includes(`${version}.json`));
  });

  for (const file of files) {
    const { snapshots, copies, resources }: Recorded = JSON.parse(readFileSync(join(folder, file), "utf8"));
    for (const { type, args, urn, id, inputs: oldInputs, outputs } of resources) {
      it(`${file}: ${urn} shows no change over the plugin`, async (test) => {
        const driver = platformOf(structuredClone(snapshots), copies);
        const plugin = await startPlugin({ connect: () => ({ get: () => driver, close: async () => {} }) });
        const client = new PluginClient(plugin.port).about(tokenOf(type));
        test.after(async () => {
          client.close();
          await plugin.stop();
        });
        await client.configure();
        const { inputs, failures } = await client.check(args, oldInputs);
        assert.deepEqual(failures, []);
        const read = await client.read(id, outputs, oldInputs);
        assert.equal(read.id, id);
        assert.equal((await client.diff(id, oldInputs, outputs, inputs)).changes, false);
        assert.equal((await client.diff(id, read.inputs, read.state, inputs)).changes, false);
        const shown = (values: Properties) => sorted(values).filter(([key]) => key !== "__provider" && key !== "owner");
        assert.deepEqual(shown(joinLookups(read.state) as Properties), shown(outputs));
        await client.delete(id, outputs).catch((error) => assert.match(error.details, /on hold/));
      });

      it(`${file}: ${urn} shows no change over the dynamic adapter`, async () => {
        const context = testContext(platformOf(structuredClone(snapshots), copies), urn);
        const { inputs, failures } = await lifecycles[type].check(oldInputs, args, context);
        assert.deepEqual(failures, []);
        assert.equal(inputs.marker, oldInputs.marker);
        const { updates, replaces } = await lifecycles[type].diff(id, outputs, inputs, context);
        assert.deepEqual([updates, replaces], [[], []]);
      });
    }
  }
});

function platformOf(snapshots: Snapshot[], copies: MemoryDerived["all"]): MemoryDriver {
  const driver = new MemoryDriver();
  driver.addVm("vm-1", "web", { snapshots });
  driver.derived = new MemoryDerived(structuredClone(copies));
  driver.subscription = subscribed;
  return driver;
}

function sorted(values: Properties): [string, Value | undefined][] {
  return Object.keys(values)
    .sort()
    .map((key) => [key, values[key]]);
}
