import type { Values } from "../../provider/resources";
import type { ProofPlatform, ProofTarget } from "./platform";
import type { Program } from "./run";

/** What is broken off, and what must be true when it was run once more. */
export interface Operation {
  name: string;
  fits(platform: ProofPlatform): boolean;
  /** Programs that are run before, whole. */
  before(given: Given): Program[];
  /** The program that is broken off, and then run again. */
  program(given: Given): Program;
  /** How many snapshots with a marker there are afterwards, at least and at most. */
  managed: readonly [number, number];
  /** It reverts to the snapshot that is not ours. */
  reverts?: true;
  /** What the state must say. */
  state?: Values;
}

export interface Given {
  platform: ProofPlatform;
  target: ProofTarget;
  /** The id of a snapshot that is not ours. */
  foreign: string | undefined;
  /** Of every operation. */
  timeout: string;
}

const base = ({ target, platform, timeout }: Given): Program => ({
  type: platform.kind === "snapshot" ? "Snapshot" : "RecoveryPoint",
  inputs: {
    target: { id: target.id },
    name: "before",
    ...(platform.kind === "snapshot" ? {} : { consistency: "crash" }),
    timeouts: { create: timeout, update: timeout, delete: timeout, read: timeout },
  },
});
const changed = (given: Given, change: Values): Program => {
  const { type, inputs } = base(given);
  return { type, inputs: { ...inputs, ...change } };
};
const any = () => true;

export const operations: Operation[] = [
  { name: "create", fits: any, before: () => [], program: base, managed: [1, 1], state: { name: "before" } },
  {
    name: "edit in place",
    fits: ({ edits }) => edits,
    before: (given) => [base(given)],
    program: (given) => changed(given, { name: "after", description: "words" }),
    managed: [1, 1],
    state: { name: "after", description: "words" },
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
        timeouts: { create: timeout, update: timeout, delete: timeout, read: timeout },
      },
    }),
    // Where nobody can know whether the revert has ended, what is there is kept before it is made again.
    managed: [0, 1],
  },
];
