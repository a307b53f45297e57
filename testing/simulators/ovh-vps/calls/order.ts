import type { Cart } from "../carts";
import { badParameter, noSuchObject, Refusal } from "../refusal";
import type { ApiCall } from "./call";

/** Plan codes of the simulated catalogue; the real ones are undocumented. */
const PLAN = "option-snapshot-vps-simulated";

/** Carts, and the options that they can order for a VPS. */
export const orderCalls: ApiCall[] = [
  {
    call: "POST /order/cart",
    body: { ovhSubsidiary: "string", description: "string?", expire: "string?" },
    run: ({ world, body }) =>
      wrapErrors(world.carts.create(String(body.ovhSubsidiary), String(body.description ?? ""))),
  },
  {
    call: "GET /order/cart",
    query: ["description"],
    run: ({ world, query }) =>
      [...world.carts.carts.values()]
        .filter(({ description }) => query.description === undefined || description === query.description)
        .map(({ cartId }) => cartId),
  },
  { call: "GET /order/cart/{cartId}", run: ({ world, path }) => wrapErrors(world.carts.get(path.cartId as string)) },
  {
    call: "POST /order/cart/{cartId}/assign",
    run: ({ world, path }) => {
      world.carts.open(path.cartId as string).assigned = true;
      return null;
    },
  },
  {
    call: "GET /order/cart/{cartId}/checkout",
    run: ({ world, path }) => world.carts.checkout(world.carts.open(path.cartId as string)),
  },
  {
    call: "POST /order/cart/{cartId}/checkout",
    body: { autoPayWithPreferredPaymentMethod: "boolean?", waiveRetractationPeriod: "boolean?" },
    run: ({ world, path, body }) =>
      world.carts.checkout(world.carts.open(path.cartId as string), {
        autoPay: body.autoPayWithPreferredPaymentMethod === true,
      }),
  },
  {
    call: "GET /order/cartServiceOption/vps/{serviceName}",
    run: ({ vps, world }) => {
      if (vps().options.get("snapshot") === "subscribed") return [];
      const { priceInUcents, ...price } = world.carts.price;
      return [
        {
          family: "snapshot",
          planCode: PLAN,
          productName: "Snapshot",
          productType: "delivery",
          mandatory: false,
          exclusive: false,
          prices: [
            {
              capacities: ["installation"],
              duration: "P0D",
              interval: 0,
              pricingMode: "default",
              priceInUcents: 0,
              price: { ...price, value: 0, text: "0.00 €" },
            },
            { capacities: ["renew"], duration: "P1M", interval: 1, pricingMode: "default", priceInUcents, price },
          ],
        },
      ];
    },
  },
  {
    call: "POST /order/cartServiceOption/vps/{serviceName}",
    body: { cartId: "string", duration: "string", planCode: "string", pricingMode: "string", quantity: "number" },
    run: ({ vps, world, body }) => {
      const { serviceName, options } = vps();
      const cart = world.carts.open(String(body.cartId));
      if (!cart.assigned) throw new Refusal(400, "This cart is not assigned to an account");
      if (body.planCode !== PLAN) throw badParameter("planCode", "is not offered for this service");
      if (body.duration !== "P1M") throw badParameter("duration", "is not offered for this plan");
      if (options.get("snapshot") === "subscribed") throw new Refusal(400, "This option is already subscribed");
      return wrapErrors(cart, world.carts.add(cart, serviceName, PLAN, Number(body.quantity)));
    },
  },
  {
    call: "GET /me/order/{orderId}",
    run: ({ world, path }) => {
      const order = world.carts.orders.find(({ orderId }) => String(orderId) === path.orderId);
      if (order === undefined) throw noSuchObject(`Order ${path.orderId}`);
      return { orderId: order.orderId, date: order.date, expirationDate: null };
    },
  },
  {
    call: "GET /me/order/{orderId}/status",
    run: ({ world, path }) => {
      const order = world.carts.orders.find(({ orderId }) => String(orderId) === path.orderId);
      if (order === undefined) throw noSuchObject(`Order ${path.orderId}`);
      return order.status;
    },
  },
];

function wrapErrors({ cartId, description, readOnly, items, orderId }: Cart, item?: { itemId: number }) {
  return (
    item ?? {
      cartId,
      description,
      readOnly,
      items: items.map(({ itemId }) => itemId),
      expire: null,
      orderId: orderId ?? null,
    }
  );
}
