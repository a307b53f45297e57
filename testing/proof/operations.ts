import type { Values } from "../../provider/resources";
import type { Member } from "../../provider/resources/policy/inputs";
import type { RunningPlatform, Target } from "../platforms/harness";
import type { Program } from "./run";

/** An operation to interrupt, and what must be true after the next run. */
export interface Operation {
  name: string;
  fits(platform: RunningPlatform): boolean;
  /** Programs that are run completely before. */
  before(given: Given): Program[];
  /** A program of another stack that is run before. */
  elsewhere?(given: Given): Program;
  /** There is no foreign snapshot. */
  alone?: true;
  /** It merges redundant disks, which are created before. */
  merges?: true;
  /** The program that is interrupted and then run again. */
  program(given: Given): Program;
  /** Minimum and maximum number of managed snapshots afterwards. */
  managed: readonly [number, number];
  /** It reverts to the foreign snapshot. */
  reverts?: true;
  /** Expected values in the state. */
  state?: Values | ((given: Given) => Values);
  /** The id of the managed snapshot according to the state. @default the output `platformId` */
  idIn?(outputs: Values): unknown;
}

export interface Given {
  platform: RunningPlatform;
  target: Target;
  /** The id of a foreign snapshot. */
  foreign: string | undefined;
  /** Timeout of every operation. */
  timeout: string;
}

const everyTimeout = (timeout: string) => ({ create: timeout, update: timeout, delete: timeout, read: timeout });
const base = ({ target, platform, timeout }: Given): Program => ({
  type: platform.kind === "snapshot" ? "Snapshot" : "RecoveryPoint",
  inputs: {
    target: { id: target.id },
    name: "before",
    ...(platform.kind === "snapshot" ? {} : { consistency: "crash" }),
    timeouts: everyTimeout(timeout),
  },
});
const changed = (given: Given, change: Values): Program => {
  const { type, inputs } = base(given);
  return { type, inputs: { ...inputs, ...change } };
};
const series = ({ target, platform, timeout }: Given, trigger: string): Program => ({
  type: "SnapshotPolicy",
  inputs: {
    targets: [{ id: target.id }],
    kind: platform.kind,
    label: "proof",
    keepLast: 1,
    triggers: [trigger],
    ...(platform.single ? { pruneFirst: true } : {}),
    timeouts: everyTimeout(timeout),
  },
});
const deletion = ({ target, platform, timeout }: Given, how: Values): Program => ({
  type: "ConsolidationTask",
  inputs: { target: { id: target.id }, kind: platform.kind, ...how, timeouts: everyTimeout(timeout) },
});
const any = () => true;
const edited = ({ platform }: Given): Record<string, string> => ({
  ...(platform.renames === false ? {} : { name: "after" }),
  description: "words",
});

export const operations: Operation[] = [
  { name: "create", fits: any, before: () => [], program: base, managed: [1, 1], state: { name: "before" } },
  {
    name: "edit in place",
    fits: ({ edits }) => edits,
    before: (given) => [base(given)],
    program: (given) => changed(given, edited(given)),
    managed: [1, 1],
    state: edited,
  },
  {
    name: "replace",
    fits: any,
    before: (given) => [base(given)],
    program: (given) => changed(given, { triggers: ["2"] }),
    managed: [1, 1],
    state: { triggers: ["2"] },
  },
  {
    name: "delete",
    fits: any,
    before: (given) => [base(given)],
    program: (given) => ({ type: base(given).type }),
    managed: [0, 0],
  },
  {
    name: "restore",
    fits: ({ reverts }) => reverts,
    reverts: true,
    before: () => [],
    program: ({ target, foreign, platform, timeout }) => ({
      type: "Restore",
      inputs: {
        target: { id: target.id },
        kind: platform.kind,
        snapshot: foreign,
        triggers: ["1"],
        safetySnapshot: false,
        confirm: target.name,
        timeouts: everyTimeout(timeout),
      },
    }),
    // If it is unknown whether the revert has ended, a safety snapshot is taken before it is repeated.
    managed: [0, 1],
  },
  {
    name: "policy: take one, prune one",
    fits: any,
    before: (given) => [series(given, "1")],
    program: (given) => series(given, "2"),
    managed: [1, 1],
    state: { triggers: ["2"], runs: 2 },
    idIn: ({ members }) => (members as Member[])[0]?.snapshots.map(({ id }) => id).join(),
  },
  {
    name: "consolidate",
    fits: ({ disks }) => disks !== undefined,
    merges: true,
    before: () => [],
    program: ({ target, timeout }) => ({
      type: "ConsolidationTask",
      inputs: { target: { id: target.id }, timeouts: everyTimeout(timeout) },
    }),
    managed: [0, 0],
    state: { consolidationNeeded: false },
  },
  {
    name: "delete managed snapshots",
    fits: any,
    before: () => [],
    elsewhere: base,
    program: (given) => deletion(given, { deleteSnapshots: "managed" }),
    managed: [0, 0],
    state: { consolidationNeeded: false },
  },
  {
    name: "delete all snapshots",
    fits: any,
    alone: true,
    before: () => [],
    elsewhere: base,
    program: (given) => deletion(given, { deleteSnapshots: "all", confirm: given.target.name }),
    managed: [0, 0],
    state: { consolidationNeeded: false },
  },
];
