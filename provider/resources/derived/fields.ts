import { z } from "zod";
import type { DerivedKind } from "../../platforms/derived";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputField, type OutputTable, stableText } from "../../schema/outputs";
import { targetSchema } from "../../schema/target-input";

const { connection, triggers, timeouts, marker } = commonFields;

const derivedFields = {
  connection,
  snapshot: {
    schema: z.string().min(1, "name a snapshot"),
    change: "replace",
    description: "The snapshot: the `id` of a Snapshot, or the platform's id.",
  },
  name: {
    schema: z.string().min(1),
    change: "replace",
    description: "The name on the platform.",
  },
  triggers: {
    ...triggers,
    description: "Any values; when one changes, a new copy is created and the old one deleted.",
  },
  onDestroy: {
    schema: z.enum(["delete", "retain"]),
    change: "update",
    default: "delete",
    description: "`retain` keeps it on the platform, with its marker, when the resource is deleted.",
  },
  timeouts,
  marker,
} satisfies FieldTable;

/** Inputs of Template. */
export const templateFields = {
  ...derivedFields,
  description: {
    schema: z.string().max(4000, "longer than 4000 characters").optional(),
    change: "replace",
    description: "The description on the platform. snapstate appends a line with its marker.",
  },
  osType: {
    schema: z.string().min(1).optional(),
    change: "replace",
    description:
      "The platform's id of the guest's operating system. Default: that of the snapshot, which platforms store for root disks only.",
  },
  passwordEnabled: {
    schema: z.boolean(),
    change: "replace",
    default: false,
    description: "Whether guests made from it get their password from the platform.",
  },
} satisfies FieldTable;

/** Inputs of Volume. */
export const volumeFields = {
  ...derivedFields,
  attachTo: {
    schema: targetSchema.optional(),
    lookup: "one",
    change: "update",
    description:
      "The VM to attach it to, selected like the target of a RecoveryPoint. A change detaches and attaches in place and keeps the data.",
  },
} satisfies FieldTable;

export function derivedFieldsOf(kind: DerivedKind): FieldTable {
  return kind === "template" ? templateFields : volumeFields;
}

const size: OutputField = {
  schema: z.number().optional(),
  description: "Size in bytes, if the platform reports it.",
};

const common = {
  platform: stableText("The platform behind the connection: `cloudstack`."),
  installation: internalText(
    "The platform installation's own id, so that state is never compared with another installation.",
  ),
  platformId: stableText("The platform's id."),
  createdAt: stableText("The time of creation, ISO 8601, UTC."),
  state: "The platform's name of its state.",
  ready: flag("Whether it can be used."),
  sizeBytes: size,
} satisfies OutputTable;

/** Outputs of Template that are not inputs. */
export const templateOutputs = common satisfies OutputTable;

/** Outputs of Volume that are not inputs. */
export const volumeOutputs = {
  ...common,
  attachedTo: "The platform's id of the VM that it is attached to; empty if detached.",
} satisfies OutputTable;
