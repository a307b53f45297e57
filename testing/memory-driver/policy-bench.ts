import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import type { OperationContext } from "../../provider/core/operation";
import type { CreateSpec, SnapshotKind } from "../../provider/platforms/contract";
import { snapshotPolicy } from "../../provider/resources/policy";
import type { Values } from "../../provider/schema/values";
import { testCall } from "../contract/call";
import { type TestContext, testContext } from "./context";
import { MemoryDriver } from "./memory-driver";

export { kind } from "../support/of-kind";

/* Two VMs, `web` and `db`, and the SnapshotPolicy of a program; new for each test of the file that imports this. */

export const OWNER = "urn:pulumi:dev::app::snapstate:SnapshotPolicy::nightly";
export const DAY = 24 * 3_600_000;
export let platform: MemoryDriver;
export let context: TestContext;
export const clock = { now: 0 };

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  platform.addVm("vm-2", "db");
  clock.now = Date.parse("2026-11-21T12:00:00Z");
  nextRun();
});

/** Starts the program's next run in a new process. */
export function nextRun(identity = OWNER): void {
  context = testContext(platform, identity);
  context.now = () => clock.now;
  // The platform uses the test's clock.
  const add = MemoryDriver.prototype.addSnapshot.bind(platform);
  platform.addSnapshot = (id, point) => add(id, { createdAt: new Date(clock.now).toISOString(), ...point });
}

export async function checked(news: Values = {}, olds?: Values): Promise<Values> {
  const { inputs, failures } = await snapshotPolicy.check(
    olds,
    { targets: ["web", "db"], label: "nightly", ...news },
    context,
  );
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates without a check: the platform may have changed since, so create must refuse too. */
export async function create(news: Values = {}) {
  const given = { targets: ["web", "db"], label: "nightly", ...news };
  return snapshotPolicy.create((await snapshotPolicy.check(undefined, given, context)).inputs, context);
}
export const update = async (id: string, state: Values, news: Values) =>
  snapshotPolicy.update(id, state, await checked(news, state), context);
export const diff = async (state: Values, news: Values) =>
  snapshotPolicy.diff("id", state, await checked(news, state), context);

export async function names(vm: string): Promise<string[]> {
  return (await platform.inspect("snapshot", vm, testCall())).snapshots.map(({ name }) => name);
}

export const count = async () => [(await names("vm-1")).length, (await names("vm-2")).length];

/** Makes creates on one VM fail. */
export function failOn(vm: string, fail: () => Promise<never>): void {
  const original = MemoryDriver.prototype.createSnapshot.bind(platform);
  platform.createSnapshot = (pointKind: SnapshotKind, id: string, spec: CreateSpec, call: OperationContext) =>
    id === vm ? fail() : original(pointKind, id, spec, call);
}
