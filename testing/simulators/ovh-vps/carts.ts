import { randomUUID } from "node:crypto";
import { noSuchObject, Refusal } from "./refusal";
import { type Account, dateOf } from "./state";

export interface CartItem {
  itemId: number;
  serviceName: string;
  planCode: string;
  quantity: number;
}

export interface Cart {
  cartId: string;
  ovhSubsidiary: string;
  description: string;
  /** An ordered or expired cart accepts no more items. */
  readOnly: boolean;
  assigned: boolean;
  items: CartItem[];
  orderId?: number;
}

/** Prices and orders of options. An order is paid immediately and delivered after a while. */
export class Carts {
  readonly carts = new Map<string, Cart>();
  /** Orders, which cost money. */
  readonly orders: { orderId: number; cartId: string; autoPay: boolean; status: string; date: string }[] = [];
  /** Monthly price of the snapshot option. */
  price = { priceInUcents: 239_000_000, currencyCode: "EUR", text: "2.39 €", value: 2.39 };
  /** Taxes that the dry run adds to the catalogue's price. @default 20 % */
  taxes = 0.2;
  /** Delivery time of an order in milliseconds. */
  deliveryTime = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private last = 1000;

  constructor(private readonly account: Account) {}

  create(ovhSubsidiary: string, description: string): Cart {
    const cart = { cartId: randomUUID(), ovhSubsidiary, description, readOnly: false, assigned: false, items: [] };
    this.carts.set(cart.cartId, cart);
    return cart;
  }

  get(cartId: string): Cart {
    const cart = this.carts.get(cartId);
    if (cart === undefined) throw noSuchObject(`Cart ${cartId}`);
    return cart;
  }

  open(cartId: string): Cart {
    const cart = this.get(cartId);
    if (cart.readOnly) throw new Refusal(400, "This cart is read only");
    return cart;
  }

  add(cart: Cart, serviceName: string, planCode: string, quantity: number): CartItem {
    const item = { itemId: ++this.last, serviceName, planCode, quantity };
    cart.items.push(item);
    return item;
  }

  /** The cost of this cart's order, and its id once it is made. */
  checkout(cart: Cart, how?: { autoPay: boolean }) {
    if (!cart.assigned) throw new Refusal(400, "This cart is not assigned to an account");
    if (cart.items.length === 0) throw new Refusal(400, "This cart is empty");
    if (how !== undefined) this.order(cart, how.autoPay);
    const net = this.price.value * cart.items.reduce((sum, { quantity }) => sum + quantity, 0);
    const money = (value: number) => ({
      value: Number(value.toFixed(2)),
      currencyCode: this.price.currencyCode,
      text: `${value.toFixed(2)} €`,
    });
    return {
      orderId: cart.orderId ?? null,
      url:
        cart.orderId === undefined
          ? null
          : `https://www.ovh.com/cgi-bin/order/display-order.cgi?orderId=${cart.orderId}`,
      contracts: [],
      details: cart.items.map(({ planCode }) => ({ description: planCode, totalPrice: money(net) })),
      prices: {
        withoutTax: money(net),
        tax: money(net * this.taxes),
        withTax: money(net * (1 + this.taxes)),
      },
    };
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private order(cart: Cart, autoPay: boolean): void {
    cart.readOnly = true;
    cart.orderId = ++this.last;
    const order = {
      orderId: cart.orderId,
      cartId: cart.cartId,
      autoPay,
      status: autoPay ? "delivering" : "notPaid",
      date: dateOf(Date.now()),
    };
    this.orders.push(order);
    if (!autoPay) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      order.status = "delivered";
      for (const { serviceName } of cart.items)
        this.account.vps.get(serviceName)?.options.set("snapshot", "subscribed");
    }, this.deliveryTime).unref();
    this.timers.add(timer);
  }
}
