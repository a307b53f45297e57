import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs } from "./args";
import { snapshotOptionProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link SnapshotOption} is made of. */
export interface SnapshotOptionArgs extends CommonArgs {
  /**
   * `require` fails with the price and how to subscribe if the option is missing; `order` buys it with the account's
   * preferred payment method.
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
   * Waive the right to withdraw from the order, if the platform requires that for delivery.
   * @default false
   */
  waiveWithdrawal?: Input<boolean>;
  /**
   * Whether the subscription is kept, and continues to cost, or is cancelled when the resource is deleted.
   * @default "keep"
   */
  onDestroy?: Input<"keep" | "cancel">;
}

/**
 * The paid option that OVHcloud requires for snapshots of a VPS: required, or bought with an explicit maximum price.
 * Deleting the resource keeps the subscription by default.
 */
export class SnapshotOption extends SnapstateResource {
  /** The platform behind the connection: `ovh-vps`. */
  declare readonly platform: Output<string>;
  /** The platform's id of the VPS. */
  declare readonly targetId: Output<string>;
  /** The VPS's name when last read. */
  declare readonly targetName: Output<string>;
  /** The platform's name of the option's state: `subscribed`. */
  declare readonly optionState: Output<string>;
  /** Whether this resource has bought the option. */
  declare readonly ordered: Output<boolean>;
  /** The platform's id of that order (for OVHcloud, of the cart); empty if the option existed already. */
  declare readonly orderId: Output<string>;
  /** Cost of the order, taxes included, from the dry run; absent if nothing was bought. */
  declare readonly paid: Output<{ amount: number; currency: string } | undefined>;

  constructor(name: string, args: SnapshotOptionArgs, options?: CustomResourceOptions) {
    super("SnapshotOption", snapshotOptionProvider, name, args, options);
  }
}
