import { z } from "zod";
import { durationSchema, milliseconds } from "../core/durations";
import type { Field, FieldTable } from "./fields";
import { targetSchema } from "./target-input";

const sameDuration: Field["same"] = (a, b) => milliseconds(a as string) === milliseconds(b as string);

/** A field that holds a duration; `60m` and `1h` are the same value. */
export function durationField(field: Omit<Field, "schema" | "same">): Field {
  return {
    ...field,
    schema: field.default === undefined ? durationSchema.optional() : durationSchema,
    same: sameDuration,
  };
}

/** How long each operation may take, waiting included. */
export const timeoutsSchema = z
  .strictObject({
    create: durationSchema.optional().describe("For a create. Default 1h."),
    read: durationSchema.optional().describe("For a read. Default 5m."),
    update: durationSchema.optional().describe("For an update. Default 1h."),
    delete: durationSchema.optional().describe("For a delete. Default 6h."),
  })
  .optional();

/** Used where a resource states none. Merging the disks of a large snapshot takes hours, a first read seconds. */
export const defaultTimeouts = { create: "1h", read: "5m", update: "1h", delete: "6h" } as const;

/** Inputs every resource has. */
export const commonFields = {
  connection: {
    schema: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "a connection's name has letters, digits, _ and -"),
    change: "replace",
    default: "default",
    description: "Name of the connection, as configured under `snapstate:connections`.",
  },
  target: {
    schema: targetSchema,
    lookup: "one",
    change: "replace",
    description:
      "The VM: an inventory path, an instance UUID, a BIOS UUID, a managed object id or a name. If a name matches several VMs, an error lists them.",
  },
  triggers: {
    schema: z.array(z.unknown()).optional(),
    change: "replace",
    description: "Any values; a change of one of them, for example a release or a git commit, starts a new run.",
  },
  timeouts: {
    schema: timeoutsSchema,
    change: "update",
    description:
      "How long create, read, update and delete may take, as durations. Defaults: create 1h, read 5m, update 1h, delete 6h.",
  },
  marker: {
    schema: z.string().optional(),
    change: "ignore",
    hidden: true,
    description:
      "The token in the snapshot's description that identifies it after an interrupted run. Filled in by check.",
  },
} satisfies FieldTable;
