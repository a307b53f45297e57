import { z } from "zod";
import type { Duration } from "../../core/durations";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputTable, stableText } from "../../schema/outputs";
import type { TargetInput } from "../../schema/target-input";

const { connection, target, timeouts, marker } = commonFields;

const money = z.strictObject({
  amount: z.number().positive().describe("In currency units, not in cents."),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be a currency code with three capital letters, like EUR")
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
      "`require` fails with the price and how to subscribe if the option is missing; `order` buys it with the account's preferred payment method.",
  },
  maxPrice: {
    schema: money.optional(),
    change: "update",
    description:
      "Maximum cost of an order, taxes included, as an `amount` and a `currency`. Required with `policy: order`. It is compared with the platform's dry run of the order.",
  },
  waiveWithdrawal: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "Waive the right to withdraw from the order, if the platform requires that for delivery.",
  },
  onDestroy: {
    schema: z.enum(["keep", "cancel"]),
    change: "update",
    default: "keep",
    description:
      "Whether the subscription is kept, and continues to cost, or is cancelled when the resource is deleted.",
  },
  timeouts,
  marker: {
    ...marker,
    description: "The key from which the mark of this resource's order is derived. Filled in by check.",
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
  optionState: "The platform's name of the option's state: `subscribed`.",
  ordered: flag("Whether this resource has bought the option."),
  orderId: "The platform's id of that order (for OVHcloud, of the cart); empty if the option existed already.",
  paid: {
    schema: money.optional(),
    description: "Cost of the order, taxes included, from the dry run; absent if nothing was bought.",
  },
} satisfies OutputTable;
