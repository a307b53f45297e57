import { z } from "zod";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputTable, stableText, texts } from "../../schema/outputs";

const { connection, target, triggers, timeouts } = commonFields;

/** Inputs of ConsolidationTask. */
export const consolidationFields = {
  connection,
  target,
  when: {
    schema: z.enum(["needed", "always"]),
    change: "update",
    default: "needed",
    description:
      "`needed` merges only if the platform reports redundant disks; `always` merges at creation and whenever a trigger changes.",
  },
  triggers: {
    ...triggers,
    change: "update",
    description: "Any values; when one of them changes, the task runs again.",
  },
  refuseWithSnapshots: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "Refuse to run while the VM still has snapshots (VMware recommends to remove them first).",
  },
  checkSpace: {
    schema: z.boolean(),
    change: "update",
    default: true,
    description: "Refuse to run if the platform reports that the datastore lacks the temporary space.",
  },
  deleteSnapshots: {
    schema: z.enum(["none", "managed", "all"]),
    change: "update",
    default: "none",
    description:
      "Snapshots that a run deletes before it merges, at creation and once for each change of `triggers`: `none`; `managed`, those of snapstate resources; or `all`, foreign ones too, like a platform's *Delete All*. A snapshot on hold is never deleted: the run is refused. A change is recorded for the next run and deletes nothing itself.",
  },
  confirm: {
    schema: z.string().optional(),
    change: "update",
    description: "The target's name, required with `deleteSnapshots: all`.",
  },
  kind: {
    schema: z.enum(["snapshot", "recovery-point"]),
    change: "replace",
    default: "snapshot",
    description:
      "The kind of snapshots to delete, as of a `Snapshot` or a `RecoveryPoint`. On CloudStack and CloudMC the target of the former is a volume, of the latter a VM.",
  },
  timeouts,
} satisfies FieldTable;

/** Outputs of ConsolidationTask that are not inputs. */
export const consolidationOutputs = {
  platform: stableText("The platform behind the connection: `vsphere`."),
  installation: internalText("The platform installation's own id."),
  targetId: stableText("The platform's id of the VM."),
  targetName: "The VM's name when last read.",
  ran: flag("Whether the last run merged anything."),
  neededBefore: flag("Whether a consolidation was needed when the last run began."),
  neededAfter: flag("Whether one was still needed when it ended."),
  consolidationNeeded: flag("Whether one is needed now, from the last read."),
  taskId: "The platform's id of the last task; empty when none ran.",
  deleted: texts("Platform ids of the snapshots that the last run deleted."),
  durationSeconds: { schema: z.number(), description: "How long the last task took, in seconds; 0 when none ran." },
  completedAt: "The end of the last run, ISO 8601, UTC.",
} satisfies OutputTable;
