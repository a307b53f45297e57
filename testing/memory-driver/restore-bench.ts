import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import type { Snapshot } from "../../provider/platforms/contract";
import { restore } from "../../provider/resources/restore";
import { firstMarker } from "../../provider/resources/shared/marker";
import type { Values } from "../../provider/schema/values";
import { testCall } from "../contract/call";
import { type TestContext, testContext } from "./context";
import { MemoryDriver } from "./memory-driver";

export { kind } from "../support/of-kind";

/* One VM, `web`, with one snapshot, `before`, and the Restore of a program; new for each test of the file that imports this. */

export const MARKER = firstMarker("urn:pulumi:dev::app::snapstate:Snapshot::mine");
export const OWNER = "urn:pulumi:dev::app::snapstate:Restore::back";
export let platform: MemoryDriver;
export let context: TestContext;
export let before: Snapshot;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  before = platform.addSnapshot("vm-1", { name: "before", description: "by hand" });
  context = testContext(platform, OWNER);
});

/** Starts the program's next run in a new process. */
export function nextRun(): void {
  context = testContext(platform, OWNER);
}

export async function checked(news: Values = {}, olds?: Values): Promise<Values> {
  const { inputs, failures } = await restore.check(olds, { target: "web", snapshot: "before", ...news }, context);
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates without a check: the platform may have changed since, so create must refuse too. */
export async function create(news: Values = { triggers: ["a"] }) {
  const { inputs } = await restore.check(undefined, { target: "web", snapshot: "before", ...news }, context);
  return restore.create(inputs, context);
}

export async function update(id: string, state: Values, news: Values) {
  return restore.update(id, state, await checked(news, state), context);
}

export const vm = () => platform.inspect("snapshot", "vm-1", testCall());

export const reverts = () => platform.calls.filter((call) => call === "revertToSnapshot").length;
export const safeties = async () => (await vm()).snapshots.filter(({ name }) => name.startsWith("before-restore-"));
export const current = async () => (await vm()).snapshots.find(({ isCurrent }) => isCurrent)?.id;

/** Simulates a process that is killed during this call, before or after the platform acted. */
export async function killedIn(
  method: "revertToSnapshot" | "editSnapshot" | "createSnapshot",
  when: "before" | "after",
  run: Values,
) {
  const original = platform[method].bind(platform) as (...args: unknown[]) => Promise<unknown>;
  const reached = new Promise<void>((resolve) => {
    Object.assign(platform, {
      [method]: async (...args: unknown[]) => {
        if (when === "after") await original(...args);
        resolve();
        return new Promise(() => {});
      },
    });
  });
  const inputs = await checked(run);
  void restore.create(inputs, context);
  await reached;
  Object.assign(platform, { [method]: original });
  nextRun();
}
