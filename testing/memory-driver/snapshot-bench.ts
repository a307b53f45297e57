import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import { snapshot } from "../../provider/resources/snapshot";
import type { Values } from "../../provider/schema/values";
import { testCall } from "../contract/call";
import { type TestContext, testContext } from "./context";
import { MemoryDriver } from "./memory-driver";

export { kind } from "../support/of-kind";

/* One VM, `web`, and the snapshot resource of a program; new for each test of the file that imports this. */

export let platform: MemoryDriver;
export let context: TestContext;

beforeEach(newPlatform);

export function newPlatform(): void {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
}

export async function checked(news: Values, olds?: Values, lifecycle = snapshot): Promise<Values> {
  const { inputs, failures } = await lifecycle.check(olds, { target: "web", ...news }, context);
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates without a check: the platform may have changed since, so create must refuse too. */
export async function create(news: Values = {}, lifecycle = snapshot) {
  const { inputs } = await lifecycle.check(undefined, { target: "web", ...news }, context);
  return lifecycle.create(inputs, context);
}

export async function snapshots() {
  return (await platform.inspect("snapshot", "vm-1", testCall())).snapshots;
}

/** @returns a function that ends the tasks of creates */
export function holdTasks(): () => void {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  platform.taskEnd = () => ended;
  return end;
}

export async function createIsSent(): Promise<void> {
  while (!platform.calls.includes("createSnapshot")) await new Promise(setImmediate);
}

/** Starts the program's next run: a new process, the same identity. */
export function nextRun(): void {
  use(testContext(platform));
}

export function use(next: TestContext): void {
  context = next;
}

export function otherIdentity(): TestContext {
  return testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::another");
}
