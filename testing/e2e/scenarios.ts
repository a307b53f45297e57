import type { VcsimControl, VcsimVm } from "../vcsim/launcher";
import type { Declared } from "./program";
import type { Adapter } from "./stack";

/*
 * Behaviour that all adapters share, as data: scenarios.test.ts runs each scenario on the Pulumi CLI, on OpenTofu, and
 * on Terraform where it is installed. What only one engine has (aliases, moves, stacks that change adapters) is tested
 * separately.
 */

export type EngineAdapter = Adapter | "opentofu" | "terraform";

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "import";

/** The platform, for manual changes. */
export interface Hand {
  control: VcsimControl;
  vm: VcsimVm;
  /** The id of the snapshot with this name. */
  snapshot(name: string): Promise<string>;
}

export interface Step {
  /** Declares the resources from this run on. @param made the id of what `byHand` created */
  declare?(vm: VcsimVm, made: string): Declared[];
  /** A manual change before the run. */
  byHand?(hand: Hand): Promise<unknown>;
  /** `replace` forces a replacement of the resource `one`. @default "apply" */
  run?: "plan" | "apply" | "destroy" | "replace";
  /** Expected counts of resources. Absent if the run must fail. */
  does?: Partial<Record<Operation, number>>;
  /** Expected output. Required if the run must fail. */
  says?: RegExp;
  /** Expected changing calls, in order. */
  sends?: string[];
  /** The same for adapters that differ. */
  sendsOn?: Partial<Record<EngineAdapter, string[]>>;
  /** Expected snapshots of the VM, parents before children: `name: description`. */
  world?: string[];
  /** Expected outputs of the resource `one`. */
  outputs?: Record<string, unknown>;
}

export interface Scenario {
  name: string;
  /** @default the plugin and OpenTofu: the dynamic provider takes four times as long to start */
  adapters?: readonly EngineAdapter[];
  steps: Step[];
}

export const ALL: readonly EngineAdapter[] = ["dynamic", "plugin", "opentofu"];
const CREATE = "CreateSnapshotEx_Task";
const REMOVE = "RemoveSnapshot_Task";
const RENAME = "RenameSnapshot";
const REVERT = "RevertToSnapshot_Task";
const CONSOLIDATE = "ConsolidateVMDisks_Task";

const one =
  (kind: Declared["kind"], args: Record<string, unknown> = {}, options?: Declared["options"]) =>
  (vm: VcsimVm) => [{ kind, name: "one", args: { target: vm.path, ...args }, ...(options ? { options } : {}) }];
const snapshot = (args: Record<string, unknown> = {}) => one("Snapshot", { name: "first", ...args });
const SAME: Step = { does: { same: 1 }, sends: [] };
const GONE: Step = { run: "destroy", does: { delete: 1 }, sends: [REMOVE], world: [] };

export const SCENARIOS: Scenario[] = [
  {
    name: "planned, taken, left alone, edited in place, destroyed",
    adapters: ALL,
    steps: [
      { declare: snapshot({ description: "why" }), run: "plan", does: { create: 1 }, sends: [], world: [] },
      { does: { create: 1 }, sends: [CREATE], world: ["first: why"] },
      SAME,
      {
        declare: snapshot({ name: "second", description: "why not" }),
        does: { update: 1 },
        sends: [RENAME],
        world: ["second: why not"],
      },
      SAME,
      GONE,
    ],
  },
  {
    name: "a rename by hand is drift, and is put back in place",
    steps: [
      { declare: snapshot(), does: { create: 1 } },
      {
        byHand: async ({ control, vm, snapshot: of }) =>
          control.renameSnapshot(vm.moref, await of("first"), { name: "yours" }),
        does: { update: 1 },
        sends: [RENAME],
        world: ["first"],
      },
      SAME,
      GONE,
    ],
  },
  ...["others remain", "none remains"].map((left) => ({
    name: `removed by hand while ${left}: taken again`,
    steps: [
      { declare: snapshot(), does: { create: 1 } },
      {
        byHand: async ({ control, vm, snapshot: of }: Hand) => {
          if (left === "others remain") await control.createSnapshot(vm.moref, { name: "foreign" });
          await control.removeSnapshot(vm.moref, await of("first"));
        },
        does: { create: 1 },
        sends: [CREATE],
        world: left === "others remain" ? ["foreign", "first"] : ["first"],
      },
      { ...GONE, world: left === "others remain" ? ["foreign"] : [] },
    ],
  })),
  {
    name: "a trigger replaces: the new one is taken before the old one goes",
    adapters: ALL,
    steps: [
      { declare: snapshot({ triggers: ["v1"] }), does: { create: 1 } },
      { declare: snapshot({ triggers: ["v2"] }), does: { replace: 1 }, sends: [CREATE, REMOVE], world: ["first"] },
      SAME,
    ],
  },
  {
    name: "a forced replacement, which looks like the end of an interrupted create, keeps the snapshot and says so",
    adapters: ALL,
    steps: [
      { declare: snapshot(), does: { create: 1 } },
      {
        run: "replace",
        does: { replace: 1 },
        sends: [],
        // Terraform deletes the old state without the program's, if the run fails: the take-over is counted for that.
        sendsOn: { opentofu: ["RenameSnapshot"], terraform: ["RenameSnapshot"] },
        says: /kept, and no new snapshot was taken.*change `triggers`/s,
        world: ["first"],
      },
      SAME,
      GONE,
    ],
  },
  {
    name: "hold blocks delete and replace until it is lifted",
    steps: [
      { declare: snapshot({ hold: true, triggers: ["1"] }), does: { create: 1 } },
      { run: "destroy", says: /on hold/, sends: [] },
      { declare: snapshot({ hold: true, triggers: ["2"] }), says: /on hold/, world: ["first"] },
      { declare: snapshot({ hold: false, triggers: ["1"] }), does: { update: 1 } },
      GONE,
    ],
  },
  {
    name: "retain leaves it, without the marker",
    steps: [
      { declare: snapshot({ onDestroy: "retain", description: "keep me" }), does: { create: 1 } },
      { run: "destroy", does: { delete: 1 }, sends: [RENAME], world: ["first: keep me"] },
    ],
  },
  {
    name: "a snapshot by hand is adopted",
    steps: [
      {
        byHand: ({ control, vm }) => control.createSnapshot(vm.moref, { name: "golden", description: "by hand" }),
        declare: snapshot({ name: "golden", adoptExisting: true }),
        does: { create: 1 },
        sends: [RENAME],
      },
      SAME,
      GONE,
    ],
  },
  {
    name: "a snapshot by hand is imported, unchanged",
    steps: [
      {
        byHand: ({ control, vm }) => control.createSnapshot(vm.moref, { name: "golden", description: "by hand" }),
        declare: (vm, made) =>
          one("Snapshot", { name: "golden", description: "by hand" }, { import: `default/${vm.moref}/${made}` })(vm),
        does: { import: 1 },
        sends: [],
        world: ["golden: by hand"],
      },
      { ...GONE, declare: snapshot({ name: "golden", description: "by hand" }) },
    ],
  },
  {
    name: "names with %, /, emoji and 007 come back as they went in",
    steps: [
      ...["100% sure", "a/b\\c", "🎉 fête", "007", "50%25 off"].map(
        (name, at): Step => ({
          declare: snapshot({ name, limits: { warnChainDepth: 9 } }),
          does: at === 0 ? { create: 1 } : { update: 1 },
          // vCenter stores some characters escaped.
          outputs: { name },
        }),
      ),
      SAME,
    ],
  },
  {
    name: "memory is included, and recorded",
    steps: [
      {
        declare: one("RecoveryPoint", { name: "rp", consistency: "memory" }),
        does: { create: 1 },
        outputs: { obtainedConsistency: "memory" },
      },
      SAME,
      GONE,
    ],
  },
  {
    name: "quiesce is refused when it cannot be, and obtained when it can",
    steps: [
      { declare: snapshot({ quiesce: "require" }), says: /VMware Tools are not running/, sends: [] },
      {
        byHand: ({ control, vm }) => control.setTools(vm.moref, "guestToolsRunning"),
        does: { create: 1 },
        outputs: { obtainedConsistency: "filesystem" },
      },
    ],
  },
  {
    name: "a restore is armed, planned in words, reverts once for each change of its triggers",
    steps: [
      {
        byHand: async ({ control, vm }) => {
          await control.createSnapshot(vm.moref, { name: "good", memory: true });
          await control.createSnapshot(vm.moref, { name: "bad" });
        },
        declare: one("Restore", { snapshot: "good", triggers: [] }),
        does: { create: 1 },
        sends: [],
      },
      {
        declare: one("Restore", { snapshot: "good", triggers: ["ticket 1"] }),
        run: "plan",
        does: { update: 1 },
        says: /reverted to snapshot "good".*current state will be lost/s,
        sends: [],
      },
      { does: { update: 1 }, sends: [CREATE, REVERT], outputs: { restored: true, powerAfter: "on", runs: 1 } },
      SAME,
      // The note on the snapshot of the revert is removed.
      { run: "destroy", does: { delete: 1 }, sends: [RENAME] },
    ],
  },
  {
    name: "a policy takes one for each release, and prunes",
    steps: [
      ...["1", "2", "3"].map(
        (release): Step => ({
          declare: ({ path }) => [
            {
              kind: "SnapshotPolicy",
              name: "one",
              args: { targets: [path], label: "nightly", keepLast: 2, triggers: [release] },
            },
          ],
          does: release === "1" ? { create: 1 } : { update: 1 },
          says:
            release === "3"
              ? /takes a snapshot of series nightly.*prunes nightly-\S+ \(.*beyond keepLast 2/s
              : /takes a snapshot of series nightly.*keeps +the new one: keepLast 2/s,
          sends: release === "3" ? [CREATE, REMOVE] : [CREATE],
        }),
      ),
      SAME,
      { run: "destroy", does: { delete: 1 }, sends: [REMOVE, REMOVE], world: [] },
    ],
  },
  {
    name: "a consolidation runs when it is needed, not otherwise, and again on a trigger",
    steps: [
      { declare: one("ConsolidationTask"), does: { create: 1 }, sends: [], outputs: { ran: false } },
      {
        byHand: ({ control, vm }) => control.setConsolidationNeeded(vm.moref, true),
        does: { update: 1 },
        sends: [CONSOLIDATE],
        outputs: { ran: true, neededBefore: true, neededAfter: false },
      },
      SAME,
      {
        declare: one("ConsolidationTask", { when: "always", triggers: ["now"] }),
        does: { update: 1 },
        sends: [CONSOLIDATE],
      },
      { run: "destroy", does: { delete: 1 }, sends: [] },
    ],
  },
];
