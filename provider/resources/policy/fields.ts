import { z } from "zod";
import { commonFields, durationField } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { internalText, type OutputTable, stableText, wholeNumber } from "../../schema/outputs";
import { targetSchema } from "../../schema/target-input";

const { connection, triggers, timeouts, marker } = commonFields;

const count = (description: string) =>
  ({ schema: z.int().min(0).max(10_000).optional(), change: "update", description }) as const;

/** Inputs of SnapshotPolicy. */
export const policyFields = {
  connection,
  targets: {
    schema: z.array(targetSchema).min(1, "name at least one VM"),
    lookup: "many",
    change: "update",
    description:
      "The VMs of the group, each named as a Snapshot's `target`. All get a snapshot or none. A VM that leaves the list is treated as `onDestroy` says.",
  },
  kind: {
    schema: z.enum(["snapshot", "recovery-point"]),
    change: "replace",
    default: "snapshot",
    description: "What the series is made of. On vSphere both are VM snapshots.",
  },
  label: {
    schema: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "has 1 to 32 characters: lower-case letters, digits and -, no - first"),
    change: "replace",
    default: "series",
    description: "Name of the series. The snapshots' names begin with it.",
  },
  description: {
    schema: z.string().max(2000, "longer than 2000 characters").optional(),
    change: "update",
    description: "Text for the snapshots that are taken from now on.",
  },
  consistency: {
    schema: z.enum(["crash", "filesystem", "memory"]),
    change: "update",
    default: "crash",
    description:
      "What a revert must find: `crash`, `filesystem` (quiesced) or `memory`. A snapshot that did not obtain it is removed again, and the group fails.",
  },
  schedule: {
    schema: z.string().optional(),
    change: "update",
    description:
      "Cron pattern of five parts. At `up`, a snapshot is due when one of its moments has passed since the last one was taken. Nothing runs between two `up`s.",
  },
  timeZone: {
    schema: z.string(),
    change: "update",
    default: "UTC",
    description: "IANA name of the time zone for `schedule`, and in which days, weeks and months begin.",
  },
  triggers: {
    ...triggers,
    change: "update",
    description: "Any values; when one of them changes, a snapshot is due at once.",
  },
  keepLast: count("Keep so many of the newest."),
  keepHourly: count("Keep the newest of each hour, for so many hours that have one, and for so many hours back."),
  keepDaily: count("As `keepHourly`, for days."),
  keepWeekly: count("As `keepHourly`, for weeks, which begin on Monday."),
  keepMonthly: count("As `keepHourly`, for months; as an age a month is 31 days."),
  maxAge: durationField({
    change: "update",
    description: "Keep what is younger. What is older goes only when no count keeps it either.",
  }),
  keepMin: {
    schema: z.int().min(0).max(10_000),
    change: "update",
    default: 1,
    description: "Never leave fewer than this on a VM, however old they are.",
  },
  hold: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "While true, nothing of the series is pruned or deleted. Snapshots are still taken.",
  },
  pruneFirst: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description:
      "Where the platform has no room for one more: remove the oldest of the series before the new one is taken. Between the two there is one less, and none if the platform keeps only one.",
  },
  onDestroy: {
    schema: z.enum(["delete", "retain"]),
    change: "update",
    default: "delete",
    description: "What becomes of the series when the resource goes. Snapshots on hold are left in any case.",
  },
  timeouts,
  marker: { ...marker, description: "The word from which the series and its markers are derived. Filled in by check." },
} satisfies FieldTable;

const member = z.object({
  targetId: z.string().describe("The platform's id of the VM."),
  targetName: z.string().describe("The VM's name when last read."),
  snapshots: z
    .array(
      z.object({
        id: z.string().describe("The platform's id of the snapshot."),
        name: z.string().describe("Its name."),
        createdAt: z.string().describe("When it was taken, ISO 8601, UTC."),
        marker: z.string().describe("The marker of the group that it was taken with."),
        held: z.boolean().describe("On hold."),
      }),
    )
    .describe("The series on this VM, newest first."),
});

const verdict = z.object({
  targetId: z.string().describe("The platform's id of the VM."),
  id: z.string().describe("The platform's id of the snapshot."),
  name: z.string().describe("Its name."),
  createdAt: z.string().describe("When it was taken, ISO 8601, UTC."),
  reasons: z.array(z.string()).describe("Why."),
});

/** Outputs of SnapshotPolicy that are not inputs. */
export const policyOutputs = {
  platform: stableText("The platform behind the connection: `vsphere`."),
  installation: internalText("The platform installation's own id."),
  series: "The word by which the series is known on the platform: the label and a word of this resource's own.",
  members: {
    schema: z.array(member),
    description: "The VMs with the series on each, newest first: `targetId`, `targetName`, `snapshots`.",
  },
  takenAt: "When the last group was begun, ISO 8601, UTC; empty before the first.",
  takenBecause: "Why it was: `creation`, `trigger` or `schedule`.",
  kept: {
    schema: z.array(verdict),
    description: "What the last run kept on the VMs of the group, with reasons.",
  },
  pruned: { schema: z.array(verdict), description: "What the last run removed, with reasons." },
  nextDue: "The schedule's next moment after `takenAt`, ISO 8601; empty without a schedule.",
  runs: wholeNumber("How many groups this resource has taken."),
} satisfies OutputTable;
