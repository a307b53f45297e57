import { z } from "zod";
import { isWellFormed } from "../../../core/errors";

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "is not a time");
/** Text that can be part of a URL: without unpaired surrogates. */
const part = z.string().min(1).refine(isWellFormed);
const id = z.union([part, z.number()]).transform(String);

/** Maximum entries of a list of names or ids, since each may need its own request. */
const MAX_ENTRIES = 10_000;

export const detailsReply = z.object({ account: z.string().min(1) });

export const vpsReply = z.object({
  name: part,
  displayName: z.string().nullish(),
  state: z.string(),
  model: z.object({ availableOptions: z.array(z.string()).nullish() }).nullish(),
});
export type Vps = z.infer<typeof vpsReply>;

export const snapshotReply = z.object({
  id,
  creationDate: time,
  description: z
    .string()
    .nullish()
    .transform((text) => text ?? ""),
});
export type VpsSnapshot = z.infer<typeof snapshotReply>;

export const taskReply = z.object({
  id,
  type: z.string(),
  state: z.string(),
  progress: z.number().nullish(),
  date: time.nullish(),
});
export type VpsTask = z.infer<typeof taskReply>;

export const optionReply = z.object({ state: z.string() });
export const downloadReply = z.object({ url: z.url(), size: z.number().nullish() });
export const backupReply = z.object({ state: z.string(), schedule: z.string().nullish() });
export const names = z.array(part).max(MAX_ENTRIES);
export const ids = z.array(id).max(MAX_ENTRIES);
export const nothing = z.unknown();

export const meReply = z.object({ ovhSubsidiary: z.string().min(1) });

const offeredOption = z.object({
  family: z.string().nullish(),
  planCode: z.string().min(1),
  prices: z.array(
    z.object({
      capacities: z.array(z.string()),
      duration: z.string(),
      pricingMode: z.string(),
      priceInUcents: z.number(),
      price: z.object({ currencyCode: z.string() }),
    }),
  ),
});
export type OfferedOption = z.infer<typeof offeredOption>;
export const offersReply = z.array(offeredOption);

export const cartReply = z.object({
  cartId: z.string().min(1),
  description: z.string().nullish(),
  readOnly: z.boolean().nullish(),
  orderId: id.nullish(),
  expire: time.nullish(),
});
export type Cart = z.infer<typeof cartReply>;

export const orderStatusReply = z.string();
export const orderReply = z.object({ date: time });

export const checkoutReply = z.object({
  prices: z.object({ withTax: z.object({ value: z.number(), currencyCode: z.string().min(1) }) }),
});
