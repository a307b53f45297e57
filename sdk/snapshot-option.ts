import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs } from "./args";
import { snapshotOptionProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link SnapshotOption} is made of. */
export interface SnapshotOptionArgs extends CommonArgs {
  /**
   * `require` fails with the price and how to subscribe when the option is missing; `order` buys it, with the account's
   * preferred way to pay.
   * @default "require"
   */
  policy?: Input<"require" | "order">;
  /** The most that an order may cost, taxes included. Required with `policy: "order"`. */
  maxPrice?: Input<{
    amount: Input<number>;
    /** ISO 4217: `EUR`. */
    currency: Input<string>;
  }>;
  /**
   * Waive the right to withdraw from the order, where the platform delivers only then.
   * @default false
   */
  waiveWithdrawal?: Input<boolean>;
  /**
   * What becomes of the subscription when the resource goes: it stays and goes on being paid, or is cancelled.
   * @default "keep"
   */
  onDestroy?: Input<"keep" | "cancel">;
}

/**
 * The paid option that OVHcloud wants before it takes snapshots of a VPS: required, or bought with an explicit maximum
 * price. Deleting it leaves the subscription unless told otherwise.
 */
export class SnapshotOption extends SnapstateResource {
  /** The platform behind the connection: `ovh-vps`. */
  declare readonly platform: Output<string>;
  /** The platform's id of the VPS. */
  declare readonly targetId: Output<string>;
  /** The VPS's name when last read. */
  declare readonly targetName: Output<string>;
  /** The platform's word for the option's state: `subscribed`. */
  declare readonly optionState: Output<string>;
  /** Whether this resource has bought the option. */
  declare readonly ordered: Output<boolean>;
  /** The platform's id of that order, for OVHcloud the cart; empty when the option was there already. */
  declare readonly orderId: Output<string>;
  /** What the order cost, taxes included, by the dry run; absent when nothing was bought. */
  declare readonly paid: Output<{ amount: number; currency: string } | undefined>;

  constructor(name: string, args: SnapshotOptionArgs, options?: CustomResourceOptions) {
    super("SnapshotOption", snapshotOptionProvider, name, args, options);
  }
}
