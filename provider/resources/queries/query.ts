import { z } from "zod";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import type { OutputTable } from "../../schema/outputs";
import type { Context, Values } from "../shared/lifecycle";

/** A read-only function that a program may call. */
export interface Query {
  readonly description: string;
  readonly fields: FieldTable;
  readonly outputs: OutputTable;
  /** @param args checked against `fields` */
  run(args: Values, context: Context): Promise<Values>;
}

export const queryFields = {
  connection: commonFields.connection,
  target: commonFields.target,
  kind: {
    schema: z.enum(["snapshot", "recovery-point"]),
    change: "update",
    default: "snapshot",
    description:
      "The kind: what the platform calls a snapshot, or its whole-VM restore points. On vSphere they are the same.",
  },
} satisfies FieldTable;

/** Builds a query: checks its arguments, and returns its result as the plain values that an adapter passes. */
export function query<Args, Result extends object>(
  facts: Omit<Query, "run">,
  run: (args: Args, context: Context) => Promise<Result>,
): Query {
  return { ...facts, run: async (args, context) => ({ ...(await run(args as unknown as Args, context)) }) as Values };
}
