import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Money, OptionOffer, Subscription, Target } from "../../platforms/contract";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE } from "../shared/change";
import type { Values } from "../shared/lifecycle";
import { deriveMarker } from "../shared/marker";
import type { OptionInputs } from "./fields";

/** Maximum orders of one resource, each after the end of the previous subscription. */
const MAX_ORDERS = 24;

export interface Subscribing {
  inputs: OptionInputs;
  option: Subscription;
  target: Target;
  call: OperationContext;
}

/** Thrown when an order was made, or may have been: it costs money, so the state must record it. */
export class OrderOpen extends Error {
  constructor(
    readonly orderId: string,
    readonly paid: Money | undefined,
    override readonly cause: unknown,
  ) {
    super("an order is open");
  }
}

/**
 * Returns once the option is subscribed.
 *
 * @returns the purchase, if any
 */
export async function subscribe(job: Subscribing): Promise<Values> {
  const { inputs, option, target, call } = job;
  if ((await option.state(target.id, call)) === "subscribed") return { ordered: false, orderId: "" };
  const offer = await option.offer(target.id, call);
  if (inputs.policy === "require") throw missing(offer, call);
  const { mark, made } = await nextOrder(job);
  if (made !== undefined) {
    call.report({ message: `an interrupted run has ordered the option already (${made})` });
    return wait(job, made, undefined);
  }
  if (offer === undefined) throw notOffered(call);
  const { orderId, total } = await option.prepare(target.id, offer, mark, call);
  refuseMore(inputs, total, call);
  call.report({ message: `ordering the snapshot option for ${price(total)}, taxes included`, severity: "warning" });
  await order(job, orderId, mark, total);
  return wait(job, orderId, total);
}

/** Finds earlier orders by their marks; a finished one leads to the next mark. */
export async function nextOrder({
  inputs,
  option,
  target,
  call,
}: Subscribing): Promise<{ mark: string; made?: string }> {
  for (let n = 0; n < MAX_ORDERS; n++) {
    const mark = `snapstate:${deriveMarker(inputs.marker ?? "", "order", target.id, String(n))}`;
    const found = await option.find(mark, call);
    if (found?.over) continue;
    return { mark, ...(found?.made ? { made: found.orderId } : {}) };
  }
  throw new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: `this resource has ordered the option ${MAX_ORDERS} times`,
    hint: "Subscribe to it in the control panel",
  });
}

/**
 * Makes the order exactly once.
 *
 * @throws OrderOpen when it was made, or may have been
 */
async function order(job: Subscribing, orderId: string, mark: string, total: Money): Promise<void> {
  const { inputs, option, call } = job;
  const { waiveWithdrawal } = inputs;
  let mayBeMade = false;
  const change: Change<void> = {
    send: async () => {
      try {
        await option.make(orderId, { waiveWithdrawal }, call);
      } catch (error) {
        // A refused second order proves that the first one was made.
        if (!mayBeMade || !isSnapstateError(error, "bad-input", "conflict")) throw error;
      }
    },
    observe: async () => {
      mayBeMade = true;
      return (await option.find(mark, call))?.made ? done(undefined) : NOT_DONE;
    },
    subject: "the order",
    unobserved: (failure) => new OrderOpen(orderId, total, failure),
  };
  try {
    await changeOnce(change, call);
  } catch (error) {
    const open = mayStillBeRunning(error) || isSnapstateError(error, "lost-reply");
    throw open ? new OrderOpen(orderId, total, error) : error;
  }
}

async function wait(job: Subscribing, orderId: string, total: Money | undefined): Promise<Values> {
  try {
    await job.option.delivered(job.target.id, orderId, job.call);
  } catch (error) {
    throw new OrderOpen(orderId, total, error);
  }
  return { ordered: true, orderId, ...(total === undefined ? {} : { paid: total }) };
}

function refuseMore({ maxPrice }: OptionInputs, total: Money, call: OperationContext): void {
  if (maxPrice !== undefined && maxPrice.currency === total.currency && total.amount <= maxPrice.amount) return;
  throw new SnapstateError({
    kind: "guard",
    operation: call.operation,
    detail: `nothing was ordered: it would cost ${price(total)}, taxes included, and maxPrice is ${maxPrice ? price(maxPrice) : "not set"}`,
    hint: "Raise maxPrice, or subscribe to the option in the control panel",
  });
}

export function price({ amount, currency }: Money): string {
  return `${amount.toFixed(2)} ${currency}`;
}

export function offerInWords(offer: OptionOffer | undefined): string {
  if (offer === undefined) return "the platform does not offer it for this VPS";
  return `it costs ${price(offer.price)} per ${offer.period}, before taxes`;
}

function missing(offer: OptionOffer | undefined, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "guard",
    operation: call.operation,
    detail: `the snapshot option is not subscribed; ${offerInWords(offer)}`,
    hint: "Subscribe to it in the control panel, or set policy: order and a maxPrice to order it",
  });
}

function notOffered(call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "unsupported",
    operation: call.operation,
    detail: "the platform does not offer the snapshot option for this VPS",
    hint: "Check the VPS in the control panel",
  });
}
