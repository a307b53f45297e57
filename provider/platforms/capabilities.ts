import type { OperationContext } from "../core/operation";
import type { SnapshotRef } from "./contract-types";

/*
 * What only some platforms can do. A driver offers the object or omits it. The rules of `Driver` apply to its calls
 * too. Templates and volumes from snapshots are in `derived.ts`.
 */

/** Merges redundant disks that removals left. */
export interface Consolidation {
  /** Merges and waits for completion. Safe to repeat. */
  merge(targetId: string, call: OperationContext): Promise<{ taskId: string }>;
  /**
   * Temporary space that a merge needs and the free space, in bytes; undefined where the platform does not report
   * them.
   */
  space(targetId: string, call: OperationContext): Promise<{ neededBytes: number; freeBytes: number } | undefined>;
}

/** A temporary download location of a snapshot. The URL is a secret: anyone who has it can download. */
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

/** Price of a subscription for each period, before taxes. */
export interface OptionOffer {
  plan: string;
  /** ISO 8601: `P1M`. */
  period: string;
  pricingMode: string;
  price: Money;
}

/** A prepared order that is not placed yet. The platform refuses to place it twice. */
export interface PreparedOrder {
  orderId: string;
  /** The price now, taxes included, from the platform's dry run. */
  total: Money;
}

/** A subscription that a platform requires before it takes snapshots of a target. Only OVHcloud VPS has one. */
export interface Subscription {
  /** `subscribed`, or the platform's name of any other state. */
  state(targetId: string, call: OperationContext): Promise<string>;
  /** Undefined if the platform does not offer it for this target. */
  offer(targetId: string, call: OperationContext): Promise<OptionOffer | undefined>;
  /** Prepares an order with a mark that identifies it later; costs nothing. */
  prepare(targetId: string, offer: OptionOffer, mark: string, call: OperationContext): Promise<PreparedOrder>;
  /**
   * The order with this mark. `made`: it was placed. `over`: it was delivered long ago, so an option that is not
   * subscribed has ended since.
   */
  find(mark: string, call: OperationContext): Promise<{ orderId: string; made: boolean; over: boolean } | undefined>;
  /**
   * Places the order and pays for it.
   *
   * @throws SnapstateError `lost-reply`: check with {@link find}
   */
  make(orderId: string, how: { waiveWithdrawal: boolean }, call: OperationContext): Promise<void>;
  /** Waits until the option is subscribed. @throws SnapstateError `timeout` or `cancelled` with the order's id */
  delivered(targetId: string, orderId: string, call: OperationContext): Promise<void>;
  /** Ends the subscription. */
  end(targetId: string, call: OperationContext): Promise<void>;
  /** A warning to show before ending it. */
  readonly endWarning: string;
}
