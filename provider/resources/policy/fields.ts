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
      "The VMs of the group, each selected like a Snapshot's `target`. All get a snapshot or none. `onDestroy` applies to a VM that leaves the list.",
  },
  kind: {
    schema: z.enum(["snapshot", "recovery-point"]),
    change: "replace",
    default: "snapshot",
    description: "The kind of snapshots. On vSphere both are VM snapshots.",
  },
  label: {
    schema: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "has 1 to 32 characters: lower-case letters, digits and -, no - first"),
    change: "replace",
    default: "series",
    description: "Name of the series. Names of its snapshots start with it.",
  },
  description: {
    schema: z.string().max(2000, "longer than 2000 characters").optional(),
    change: "update",
    description: "Description of new snapshots.",
  },
  consistency: {
    schema: z.enum(["crash", "filesystem", "memory"]),
    change: "update",
    default: "crash",
    description:
      "The required consistency: `crash`, `filesystem` (quiesced) or `memory`. A snapshot with less is removed, and the group fails.",
  },
  schedule: {
    schema: z.string().optional(),
    change: "update",
    description:
      "Cron pattern of five parts. At `up`, a snapshot is due if a scheduled time has passed since the last one. Nothing runs between two `up`s.",
  },
  timeZone: {
    schema: z.string(),
    change: "update",
    default: "UTC",
    description: "IANA name of the time zone for `schedule` and for the start of days, weeks and months.",
  },
  triggers: {
    ...triggers,
    change: "update",
    description: "Any values; when one changes, a snapshot is due immediately.",
  },
  keepLast: count("Number of newest snapshots to keep."),
  keepHourly: count(
    "Number of hours: keep the newest of each hour, for that many hours with a snapshot and for that many hours back.",
  ),
  keepDaily: count("Like `keepHourly`, for days."),
  keepWeekly: count("Like `keepHourly`, for weeks, which start on Monday."),
  keepMonthly: count("Like `keepHourly`, for months; as an age a month has 31 days."),
  maxAge: durationField({
    change: "update",
    description: "Keep younger snapshots. Older ones are pruned only if no count keeps them.",
  }),
  keepMin: {
    schema: z.int().min(0).max(10_000),
    change: "update",
    default: 1,
    description: "Minimum number of snapshots to keep on a VM, regardless of age.",
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
      "If the platform's limit is reached: remove the oldest of the series before the new one is taken. In between there is one snapshot less, and none if the platform keeps only one.",
  },
  onDestroy: {
    schema: z.enum(["delete", "retain"]),
    change: "update",
    default: "delete",
    description: "Whether the series is deleted with the resource. Snapshots on hold are always kept.",
  },
  timeouts,
  marker: { ...marker, description: "The key from which the series and its markers are derived. Filled in by check." },
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
        marker: z.string().describe("The marker of its group."),
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
  series: "The name of the series on the platform: the label and a key of this resource.",
  members: {
    schema: z.array(member),
    description: "The VMs with their series, newest first: `targetId`, `targetName`, `snapshots`.",
  },
  takenAt: "The start of the last group, ISO 8601, UTC; empty before the first.",
  takenBecause: {
    schema: z.string(),
    description: "The reason: `creation`, `trigger` or `schedule`.",
    values: ["creation", "trigger", "schedule", ""],
  },
  kept: {
    schema: z.array(verdict),
    description: "Snapshots that the last run kept, with reasons.",
  },
  pruned: { schema: z.array(verdict), description: "Snapshots that the last run removed, with reasons." },
  nextDue: "The next scheduled time after `takenAt`, ISO 8601; empty without a schedule.",
  runs: wholeNumber("Number of groups taken by this resource."),
} satisfies OutputTable;
