import type { OperationContext } from "../core/operation";
import type { SnapshotRef } from "./contract-types";

/*
 * What only some platforms can do. A driver offers an object or leaves it out, and the rules of a `Hypervisor` hold for its calls as well.
 * Templates and volumes from snapshots are in `copies.ts`.
 */

/** Merges the redundant disks that removals have left behind. */
export interface Consolidation {
  /** Merges, and waits for the end of it. Merging merged disks does no harm. */
  merge(targetId: string, call: OperationContext): Promise<{ taskId: string }>;
  /** Temporary space a merge needs and what is free, in bytes; undefined where the platform cannot tell. */
  space(targetId: string, call: OperationContext): Promise<{ neededBytes: number; freeBytes: number } | undefined>;
}

/** Where a snapshot can be downloaded for a while. The URL is a secret: who has it needs nothing else. */
export interface Download {
  locate(
    snapshot: SnapshotRef,
    call: OperationContext,
  ): Promise<{ url: string; sizeBytes?: number; expiresAt?: string }>;
}

export interface Money {
  amount: number;
  /** ISO 4217. */
  currency: string;
}

/** What a subscription costs, before taxes, for each period. */
export interface OptionOffer {
  plan: string;
  /** ISO 8601: `P1M`. */
  period: string;
  pricingMode: string;
  price: Money;
}

/** An order that is ready and not made: one that is made a second time is refused by the platform. */
export interface PreparedOrder {
  orderId: string;
  /** What it will cost now, taxes included, as the platform's dry run says. */
  total: Money;
}

/** A subscription that a platform wants before it takes snapshots of a target. Only OVHcloud VPS has one. */
export interface Subscription {
  /** `subscribed`, or the platform's word for what else it is. */
  state(targetId: string, call: OperationContext): Promise<string>;
  /** Undefined where it is not offered for that target. */
  offer(targetId: string, call: OperationContext): Promise<OptionOffer | undefined>;
  /** Prepares an order under a word by which it is found again; costs nothing. */
  prepare(targetId: string, offer: OptionOffer, mark: string, call: OperationContext): Promise<PreparedOrder>;
  /**
   * The order with this word. `made`: it was made. `over`: it was made and delivered long ago, so that an option that is
   * not subscribed now has ended since.
   */
  find(mark: string, call: OperationContext): Promise<{ orderId: string; made: boolean; over: boolean } | undefined>;
  /** Makes the order and pays for it. @throws SnapstateError `lost-reply`: look with {@link find} */
  make(orderId: string, how: { waiveWithdrawal: boolean }, call: OperationContext): Promise<void>;
  /** Waits until the option is subscribed. @throws SnapstateError `timeout` or `cancelled` with the order's id */
  delivered(targetId: string, orderId: string, call: OperationContext): Promise<void>;
  /** Ends the subscription. */
  end(targetId: string, call: OperationContext): Promise<void>;
  /** What to know before ending it, in words. */
  readonly endWarning: string;
}
