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
    description: "Name shown by the platform, as long as that allows.",
  },
  triggers: {
    ...triggers,
    description: "Any values; when one of them changes, another copy is made and the old one removed.",
  },
  onDestroy: {
    schema: z.enum(["delete", "retain"]),
    change: "update",
    default: "delete",
    description: "`retain` leaves it on the platform, with its marker, when the resource goes.",
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
    description: "Text shown by the platform. snapstate adds its marker line to it.",
  },
  osType: {
    schema: z.string().min(1).optional(),
    change: "replace",
    description:
      "The platform's id of the guest's operating system. When left out it is the snapshot's, which platforms know of root disks only.",
  },
  passwordEnabled: {
    schema: z.boolean(),
    change: "replace",
    default: false,
    description: "Whether guests made from it take their password from the platform.",
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
      "The VM to attach it to, named as the target of a RecoveryPoint. A change detaches and attaches in place; the data stay.",
  },
} satisfies FieldTable;

export function derivedFieldsOf(kind: DerivedKind): FieldTable {
  return kind === "template" ? templateFields : volumeFields;
}

const size: OutputField = {
  schema: z.number().optional(),
  description: "Its size in bytes, where the platform tells.",
};

const common = {
  platform: stableText("The platform behind the connection: `cloudstack`."),
  installation: internalText("The platform installation's own id, so that state is never read against another one."),
  platformId: stableText("The platform's id of it."),
  createdAt: stableText("When it was made, ISO 8601, UTC."),
  state: "The platform's word for its state.",
  ready: flag("Whether it can be used."),
  sizeBytes: size,
} satisfies OutputTable;

/** Outputs of Template that are no inputs. */
export const templateOutputs = common satisfies OutputTable;

/** Outputs of Volume that are no inputs. */
export const volumeOutputs = {
  ...common,
  attachedTo: "The platform's id of the VM that it is attached to; empty when it is attached to none.",
} satisfies OutputTable;
