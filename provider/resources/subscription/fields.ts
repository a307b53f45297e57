import { z } from "zod";
import { commonFields } from "../../schema/common-fields";
import type { Duration } from "../../schema/durations";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputTable, stableText } from "../../schema/outputs";
import type { TargetInput } from "../../schema/target-input";

const { connection, target, timeouts, marker } = commonFields;

const money = z.strictObject({
  amount: z.number().positive().describe("In units of the currency, not in cents."),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "a currency has three capital letters: EUR")
    .describe("ISO 4217: `EUR`."),
});

/** Inputs of SnapshotOption. */
export const optionFields = {
  connection,
  target,
  policy: {
    schema: z.enum(["require", "order"]),
    change: "update",
    default: "require",
    description:
      "`require` fails with the price and how to subscribe when the option is missing; `order` buys it, with the account's preferred way to pay.",
  },
  maxPrice: {
    schema: money.optional(),
    change: "update",
    description:
      "The most that an order may cost, taxes included, as an `amount` and a `currency`. Required with `policy: order`. The platform's dry run of the order is compared with it.",
  },
  waiveWithdrawal: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "Waive the right to withdraw from the order, where the platform delivers only then.",
  },
  onDestroy: {
    schema: z.enum(["keep", "cancel"]),
    change: "update",
    default: "keep",
    description:
      "What becomes of the subscription when the resource goes: it stays and goes on being paid, or is cancelled.",
  },
  timeouts,
  marker: {
    ...marker,
    description: "The word from which the mark of this resource's order is derived. Filled in by check.",
  },
} satisfies FieldTable;

export interface OptionInputs {
  connection: string;
  target: TargetInput;
  policy: "require" | "order";
  maxPrice?: z.infer<typeof money>;
  waiveWithdrawal: boolean;
  onDestroy: "keep" | "cancel";
  marker?: string;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
}

/** Outputs of SnapshotOption that are not inputs. */
export const optionOutputs = {
  platform: stableText("The platform behind the connection: `ovh-vps`."),
  installation: internalText("The platform installation's own id: the account."),
  targetId: stableText("The platform's id of the VPS."),
  targetName: "The VPS's name when last read.",
  optionState: "The platform's word for the option's state: `subscribed`.",
  ordered: flag("Whether this resource has bought the option."),
  orderId: "The platform's id of that order, for OVHcloud the cart; empty when the option was there already.",
  paid: {
    schema: money.optional(),
    description: "What the order cost, taxes included, by the dry run; absent when nothing was bought.",
  },
} satisfies OutputTable;
