import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import { handlers } from "../../provider/adapters/dynamic";
import { session } from "../../provider/adapters/dynamic/process";
import { type RunningPlugin, startPlugin } from "../../provider/adapters/plugin/server";
import { connectionOf } from "../support/connection";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { PluginClient, startEngineLog } from "./plugin-client";

const VMS = 12;

let vcsim: Vcsim | string;
let ids: string[] = [];

before(async () => {
  process.env.NO_PROXY = "127.0.0.1,localhost";
  vcsim = await startVcsim({ vms: VMS, autostart: false }).catch(missing);
  if (typeof vcsim === "string") return;
  const { control } = vcsim;
  const vms = await control.vms();
  ids = await Promise.all(
    vms.map(async ({ moref }) => `default/${moref}/${await control.createSnapshot(moref, { name: "one" })}`),
  );
});
after(async () => {
  if (typeof vcsim !== "string") await vcsim.stop();
});

/** Reads by the work, after the session is open. */
async function readsOf({ control }: Vcsim, work: () => Promise<unknown>): Promise<number | undefined> {
  await control.calls({ reset: true });
  await work();
  return (await control.calls({ reset: true })).RetrievePropertiesEx;
}

it("reads of resources of several types that come together are one call, over the plugin", async (t: TestContext) => {
  if (typeof vcsim === "string") return t.skip(vcsim);
  const engine = await startEngineLog();
  const plugin: RunningPlugin = await startPlugin({ engine: engine.address });
  const client = new PluginClient(plugin.port);
  try {
    await client.configure({ connections: JSON.stringify({ default: connectionOf(vcsim) }) });
    const types = ["Snapshot", "RecoveryPoint"].map((type) => client.about(`snapstate:index:${type}`));
    const read = () => Promise.all(ids.map((id, index) => (types[index % 2] as PluginClient).read(id)));
    const reads = await readsOf(vcsim, read);
    // One for those that arrived while the session was opened, and one for the rest.
    assert.ok((reads ?? 0) >= 1 && (reads ?? 0) <= 2, `${reads} reads`);
  } finally {
    client.close();
    await plugin.stop();
    engine.stop();
  }
});

it("reads of resources of several types that come together are one call, over the dynamic provider", async (t: TestContext) => {
  if (typeof vcsim === "string") return t.skip(vcsim);
  process.env.SNAPSTATE_CONNECTIONS = JSON.stringify({ default: connectionOf(vcsim) });
  try {
    const types = [handlers.Snapshot, handlers.RecoveryPoint];
    const read = () => Promise.all(ids.map((id, index) => (types[index % 2] as typeof handlers.Snapshot).read(id, {})));
    const reads = await readsOf(vcsim, read);
    assert.ok((reads ?? 0) >= 1 && (reads ?? 0) <= 2, `${reads} reads`);
  } finally {
    await session.end();
    delete process.env.SNAPSTATE_CONNECTIONS;
  }
});
