import { SnapstateError } from "../../core/errors";
import { type OperationContext, pollUntil } from "../../core/operation";
import type { Money, OptionOffer, PreparedOrder, Subscription } from "../contract";
import { type OvhApi, path } from "./client/api";
import {
  type Cart,
  cartReply,
  checkoutReply,
  meReply,
  names,
  nothing,
  type OfferedOption,
  offersReply,
  orderReply,
  orderStatusReply,
} from "./client/replies";
import type { VpsReader } from "./vps-reader";

/** The name of the paid option in the API. */
export const SNAPSHOT_OPTION = "snapshot";

/** Prices are in hundred-millionths of a currency unit. */
const UCENTS = 100_000_000;
const DAY = 24 * 60 * 60_000;

/** The snapshot option of a VPS: its price, and orders through a cart. */
export class SnapshotOption implements Subscription {
  readonly endWarning =
    "OVHcloud has deprecated the call that cancels an option and may have removed it; check the option in the control panel afterwards";

  /** @param pollInterval milliseconds between the first two polls of an order */
  constructor(
    private readonly api: OvhApi,
    private readonly reader: VpsReader,
    private readonly pollInterval: number,
  ) {}

  state(targetId: string, call: OperationContext): Promise<string> {
    return this.reader.option(targetId, SNAPSHOT_OPTION, call);
  }

  async offer(targetId: string, call: OperationContext): Promise<OptionOffer | undefined> {
    const offers = await this.api.get(path`/order/cartServiceOption/vps/${targetId}`, offersReply, call);
    return offers.flatMap((offer) => offerOf(offer) ?? [])[0];
  }

  /** A cart can be ordered only once, so its id identifies the order: after a lost reply nothing is bought twice. */
  async prepare(targetId: string, offer: OptionOffer, mark: string, call: OperationContext): Promise<PreparedOrder> {
    const existing = await this.find(mark, call);
    const total = existing && !existing.made && (await this.dryRun(existing.orderId, call).catch(() => undefined));
    if (existing && total) return { orderId: existing.orderId, total };
    const { ovhSubsidiary } = await this.api.get("/me", meReply, call);
    const cart = { ovhSubsidiary, description: mark };
    const { cartId } = await this.api.change("POST", "/order/cart", cart, cartReply, call);
    await this.api.change("POST", path`/order/cart/${cartId}/assign`, undefined, nothing, call);
    const { plan: planCode, period: duration, pricingMode } = offer;
    const item = { cartId, duration, planCode, pricingMode, quantity: 1 };
    await this.api.change("POST", path`/order/cartServiceOption/vps/${targetId}`, item, nothing, call);
    return { orderId: cartId, total: await this.dryRun(cartId, call) };
  }

  async find(
    mark: string,
    call: OperationContext,
  ): Promise<{ orderId: string; made: boolean; over: boolean } | undefined> {
    const found = await this.api.get("/order/cart", names, call, { description: mark });
    const carts = await Promise.all(found.map((id) => this.api.get(path`/order/cart/${id}`, cartReply, call)));
    // Verify the filter: another cart's order must not be mistaken for this one.
    const own = carts.filter(({ description }) => description === mark);
    const cart = own.find(({ readOnly }) => readOnly) ?? own[0];
    if (cart === undefined) return undefined;
    const made = cart.readOnly === true;
    return { orderId: cart.cartId, made, over: made && (await this.isOver(cart, call)) };
  }

  async delivered(targetId: string, orderId: string, call: OperationContext): Promise<void> {
    const first = this.pollInterval;
    const observation = async () => {
      if ((await this.state(targetId, call)) === "subscribed") return true;
      call.report({ message: `waiting for OVHcloud to deliver the order of cart ${orderId}` });
      return undefined;
    };
    await pollUntil(observation, { first, max: first * 3, factor: 1.3, jitter: 0.1 }, call, orderId);
  }

  async make(cartId: string, { waiveWithdrawal }: { waiveWithdrawal: boolean }, call: OperationContext): Promise<void> {
    const how = { autoPayWithPreferredPaymentMethod: true, waiveRetractationPeriod: waiveWithdrawal };
    await this.api.change("POST", path`/order/cart/${cartId}/checkout`, how, nothing, call);
  }

  async end(targetId: string, call: OperationContext): Promise<void> {
    await this.api.change("DELETE", path`/vps/${targetId}/option/${SNAPSHOT_OPTION}`, undefined, nothing, call);
  }

  /** The price of a cart. Fails for an empty cart. */
  private async dryRun(cartId: string, call: OperationContext): Promise<Money> {
    const { prices } = await this.api.get(path`/order/cart/${cartId}/checkout`, checkoutReply, call);
    const { value, currencyCode } = prices.withTax;
    return { amount: value, currency: currencyCode };
  }

  /**
   * Expired without an order, or delivered more than a day ago: shortly after a delivery the option is not subscribed
   * yet, and nothing must be bought.
   */
  private async isOver({ orderId, expire }: Cart, call: OperationContext): Promise<boolean> {
    if (orderId == null) return expire != null && Date.parse(expire) < Date.now();
    const status = await this.api.get(path`/me/order/${orderId}/status`, orderStatusReply, call);
    if (status !== "delivered") return false;
    const { date } = await this.api.get(path`/me/order/${orderId}`, orderReply, call);
    return Date.now() - Date.parse(date) > DAY;
  }

  /** The price as text; empty if it cannot be read, since it is only informative. */
  async priceInWords(targetId: string, call: OperationContext): Promise<string | undefined> {
    try {
      const offer = await this.offer(targetId, call);
      return offer && `${inWords(offer.price)} per ${offer.period}, before taxes`;
    } catch (error) {
      if (error instanceof SnapstateError) return undefined;
      throw error;
    }
  }
}

function inWords({ amount, currency }: Money): string {
  return `${amount.toFixed(2)} ${currency}`;
}

/** The price of a renewal is the recurring price. */
function offerOf({ family, planCode, prices }: OfferedOption): OptionOffer | undefined {
  const price = prices.find(({ capacities }) => capacities.includes("renew"));
  if (family !== SNAPSHOT_OPTION || price === undefined) return undefined;
  const { duration, pricingMode, priceInUcents } = price;
  const money = { amount: priceInUcents / UCENTS, currency: price.price.currencyCode };
  return { plan: planCode, period: duration, pricingMode, price: money };
}
