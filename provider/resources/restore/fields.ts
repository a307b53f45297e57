import { z } from "zod";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputTable, stableText, texts, wholeNumber } from "../../schema/outputs";

const { connection, target, triggers, timeouts, marker } = commonFields;

/** Inputs of Restore. None replaces: a replacement would be a create, and a create may revert. */
export const restoreFields = {
  connection: { ...connection, change: "update" },
  target: {
    ...target,
    change: "update",
    description: `${target.description} A change is recorded for the next revert and does not revert itself.`,
  },
  kind: {
    schema: z.enum(["snapshot", "recovery-point"]),
    change: "update",
    default: "snapshot",
    description: "The kind of the snapshot: a `Snapshot` or a `RecoveryPoint`. On vSphere they are the same.",
  },
  snapshot: {
    schema: z.string().min(1, "name a snapshot"),
    change: "update",
    description:
      "The snapshot to revert to: its platform id (`platformId`), its name if that is unique on the target, or a Snapshot's `id`. A change is recorded for the next revert and does not revert itself.",
  },
  triggers: {
    ...triggers,
    change: "update",
    description:
      "Any values. Reverts once when the resource is created with a trigger, and once for each change to another non-empty list. Without triggers nothing is reverted.",
  },
  safetySnapshot: {
    schema: z.boolean(),
    change: "update",
    default: true,
    description: "Take a snapshot of the current state before the revert. It is kept until it is removed manually.",
  },
  safetyMemory: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "Take the safety snapshot with the VM's memory if the VM is running.",
  },
  confirm: {
    schema: z.string().optional(),
    change: "update",
    description: "The VM's name, required with `safetySnapshot: false`, since the current state is lost then.",
  },
  suppressPowerOn: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "Leave the VM off even if the snapshot has it running.",
  },
  timeouts: {
    ...timeouts,
    description:
      "How long create, read and update may take, as durations. Defaults: create 1h, read 5m, update 1h. `delete` is accepted and has no effect.",
  },
  marker: {
    ...marker,
    description: "The key from which the marks of this resource's reverts are derived. Filled in by check.",
  },
} satisfies FieldTable;

const power = { schema: z.string(), values: ["on", "off", "suspended", "unknown", ""] };

/** Outputs of Restore that are not inputs. */
export const restoreOutputs = {
  platform: stableText("The platform behind the connection: `vsphere`."),
  installation: internalText("The platform installation's own id."),
  targetId: stableText("The platform's id of the VM."),
  targetName: "The VM's name when last read.",
  restored: flag("Whether this resource has ever reverted the VM."),
  restoredAt: "The end of the last revert, ISO 8601, UTC; empty before the first.",
  restoredFrom: "The platform's id of the snapshot that was reverted to; empty before the first.",
  restoredName: "Its name.",
  restoredCreatedAt: "When that snapshot was taken, ISO 8601, UTC.",
  safetySnapshotId: "The platform's id of the last revert's safety snapshot; empty if none was taken.",
  consumed: texts("Platform ids of the snapshots that the revert consumed: they existed only before it."),
  powerBefore: { ...power, description: "Power state of the VM before the last revert." },
  powerAfter: { ...power, description: "Power state of the VM after it." },
  runs: wholeNumber("Number of reverts by this resource."),
} satisfies OutputTable;
