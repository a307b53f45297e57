import { after, afterEach, before, it, type TestContext } from "node:test";
import type {
  CreateSpec,
  Driver,
  Feature,
  Snapshot,
  SnapshotKind,
  SnapshotRef,
} from "../../provider/platforms/contract";
import { driverOf, type RunningPlatform, type Target } from "../platforms";
import { until } from "../platforms/harness";
import { type TestCall, testCall } from "./call";

/** What the contract suite needs from a platform. */
export type ContractPlatform = Pick<
  RunningPlatform,
  | "kind"
  | "traits"
  | "newTarget"
  | "twin"
  | "removeTarget"
  | "park"
  | "beforeRevert"
  | "snapshots"
  | "taskTime"
  | "loseNextReply"
  | "close"
>;

export const OWNERSHIP = { marker: "a".repeat(26) };

/** Starts the platform, or returns why it is not available here. */
export type Setup = () => Promise<RunningPlatform | (ContractPlatform & { driver: Driver }) | string>;

export type ContractBench = ReturnType<typeof contractBench>;

/** Shared by the rules: the started platform, and short forms of the driver's calls. */
export function contractBench(setup: Setup, leaveOut: readonly string[]) {
  const bench = {} as { platform: ContractPlatform & { driver: Driver }; kind: SnapshotKind };
  let missing: string | undefined;

  before(async () => {
    const started = await setup();
    if (typeof started === "string") missing = started;
    else {
      bench.platform = "driver" in started ? started : { ...started, driver: driverOf(started) };
      bench.kind = bench.platform.kind;
    }
  });
  afterEach(() => missing ?? bench.platform.taskTime(0));
  after(async () => {
    await bench.platform?.driver.close();
    await bench.platform?.close();
  });

  const rule = (title: string, run: (target: Target) => Promise<void>) =>
    leaveOut.includes(title) ||
    it(title, async (t: TestContext) => {
      if (missing !== undefined) return t.skip(missing);
      const target = await bench.platform.newTarget();
      await run(target).finally(() => bench.platform.park?.(target));
    });
  const spec = (change: Partial<CreateSpec> = {}): CreateSpec => ({
    name: "one",
    description: "",
    memory: false,
    ...change,
  });
  const create = (target: Target, change: Partial<CreateSpec> = {}, call: TestCall = testCall()) =>
    bench.platform.driver.createSnapshot(bench.kind, target.id, spec(change), call);
  /** The platform keeps one snapshot and refuses another. */
  const single = () => bench.platform.driver.maxSnapshots?.(bench.kind) === 1;
  const can = (feature: Feature) => bench.platform.driver.supports(bench.kind, feature).supported;
  const count = async (target: Target) => (await bench.platform.snapshots(target)).length;
  /** Texts that the platform can store. */
  const description = (text: string) => (can("description") ? text : "");
  const revert = (ref: SnapshotRef) =>
    bench.platform.driver.revertToSnapshot(bench.kind, ref, { suppressPowerOn: false }, testCall());
  const observation = (target: Target) => bench.platform.driver.inspect(bench.kind, target.id, testCall());
  const snapshots = async (target: Target) => (await observation(target)).snapshots;
  /** Reads again after the task appeared: by then its starter has received its id. */
  const untilRunning = async (target: Target) => {
    await until(async () => (await observation(target)).runningTasks.length > 0);
    await observation(target);
  };
  const remove = (ref: SnapshotRef, removeChildren = false, consolidate = true) =>
    bench.platform.driver.removeSnapshot(bench.kind, ref, { removeChildren, consolidate }, testCall());
  const shape = (list: Snapshot[]) => list.map((snapshot) => [snapshot.name, snapshot.depth, snapshot.isCurrent]);

  async function chain(target: Target, ...names: string[]): Promise<SnapshotRef[]> {
    const refs: SnapshotRef[] = [];
    for (const name of names)
      refs.push({ targetId: target.id, snapshotId: (await create(target, { name })).snapshotId });
    return refs;
  }

  return Object.assign(bench, {
    rule,
    spec,
    create,
    single,
    can,
    count,
    description,
    revert,
    observation,
    snapshots,
    untilRunning,
    remove,
    shape,
    chain,
  });
}
