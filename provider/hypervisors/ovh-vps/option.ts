import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { Money, OptionOffer, PreparedOrder, SnapshotOptionCalls } from "../contract";
import { type OvhApi, path } from "./client/api";
import { cartReply, checkoutReply, meReply, names, nothing, type OfferedOption, offersReply } from "./client/replies";
import type { VpsReader } from "./vps-reader";

/** The name of the paid option in the API. */
export const SNAPSHOT_OPTION = "snapshot";

/** Prices come in hundred-millionths of a currency's unit. */
const UCENTS = 100_000_000;

/** The snapshot option of a VPS: its price, and its order through a cart. */
export class SnapshotOption implements SnapshotOptionCalls {
  constructor(
    private readonly api: OvhApi,
    private readonly reader: VpsReader,
  ) {}

  state(targetId: string, call: Call): Promise<string> {
    return this.reader.option(targetId, SNAPSHOT_OPTION, call);
  }

  async offer(targetId: string, call: Call): Promise<OptionOffer | undefined> {
    const offers = await this.api.get(path`/order/cartServiceOption/vps/${targetId}`, offersReply, call);
    return offers.flatMap((offer) => offerOf(offer) ?? [])[0];
  }

  /** A cart can be ordered once, so its id is the order's: what is lost on the way is never bought twice. */
  async prepare(targetId: string, offer: OptionOffer, mark: string, call: Call): Promise<PreparedOrder> {
    const { ovhSubsidiary } = await this.api.get("/me", meReply, call);
    const asked = { ovhSubsidiary, description: mark };
    const { cartId } = await this.api.change("POST", "/order/cart", asked, cartReply, call);
    await this.api.change("POST", path`/order/cart/${cartId}/assign`, undefined, nothing, call);
    const { plan: planCode, period: duration, pricingMode } = offer;
    const item = { cartId, duration, planCode, pricingMode, quantity: 1 };
    await this.api.change("POST", path`/order/cartServiceOption/vps/${targetId}`, item, nothing, call);
    const { prices } = await this.api.get(path`/order/cart/${cartId}/checkout`, checkoutReply, call);
    const { value, currencyCode } = prices.withTax;
    return { orderId: cartId, total: { amount: value, currency: currencyCode } };
  }

  async find(mark: string, call: Call): Promise<{ orderId: string; made: boolean } | undefined> {
    const found = await this.api.get("/order/cart", names, call, { description: mark });
    const carts = await Promise.all(found.map((id) => this.api.get(path`/order/cart/${id}`, cartReply, call)));
    // The API is not trusted to have understood the filter: another cart's order would be taken for this one.
    const own = carts.filter(({ description }) => description === mark);
    const cart = own.find(({ readOnly }) => readOnly) ?? own[0];
    return cart && { orderId: cart.cartId, made: cart.readOnly === true };
  }

  async make(cartId: string, { waiveWithdrawal }: { waiveWithdrawal: boolean }, call: Call): Promise<void> {
    const how = { autoPayWithPreferredPaymentMethod: true, waiveRetractationPeriod: waiveWithdrawal };
    await this.api.change("POST", path`/order/cart/${cartId}/checkout`, how, nothing, call);
  }

  async end(targetId: string, call: Call): Promise<void> {
    await this.api.change("DELETE", path`/vps/${targetId}/option/${SNAPSHOT_OPTION}`, undefined, nothing, call);
  }

  /** The price in words for a person, or nothing where it cannot be asked: it only helps to decide. */
  async priceInWords(targetId: string, call: Call): Promise<string | undefined> {
    try {
      const offer = await this.offer(targetId, call);
      return offer && `${inWords(offer.price)} for each ${offer.period}, before taxes`;
    } catch (error) {
      if (error instanceof SnapstateError) return undefined;
      throw error;
    }
  }
}

function inWords({ amount, currency }: Money): string {
  return `${amount.toFixed(2)} ${currency}`;
}

/** The price of a renewal is what goes on being paid. */
function offerOf({ family, planCode, prices }: OfferedOption): OptionOffer | undefined {
  const price = prices.find(({ capacities }) => capacities.includes("renew"));
  if (family !== SNAPSHOT_OPTION || price === undefined) return undefined;
  const { duration, pricingMode, priceInUcents } = price;
  const money = { amount: priceInUcents / UCENTS, currency: price.price.currencyCode };
  return { plan: planCode, period: duration, pricingMode, price: money };
}
