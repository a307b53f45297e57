import { z } from "zod";
import { networkSettings } from "../../http";

const text = z.string().min(1).optional();

/** Connection settings of an OVHcloud account. What is left out comes from `OVH_*` variables or an `ovh.conf`. */
export const ovhVpsSettings = z.strictObject({
  /** `ovh-eu`, `ovh-ca`, `ovh-us`, or the URL of an API. */
  endpoint: text,
  applicationKey: text,
  applicationSecret: text,
  consumerKey: text,
  /** A service account's id, in place of the three keys. */
  clientId: text,
  clientSecret: text,
  /** A token that somebody else renews, in place of keys or a service account. */
  accessToken: text,
  /** Where a service account gets its token; needed when the endpoint is a URL. */
  tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The account's name (`xx1111-ovh`), when the credentials may not ask for it by `GET /auth/details`. */
  account: text,
  ...networkSettings,
  /** Seconds before the second look at a task; the pauses grow to three times as much. @default 5 */
  pollSeconds: z.number().positive().max(60).default(5),
  /** Tell OVHcloud to abort a snapshot whose wait is cancelled or too long. @default false */
  abortOnCancel: z.boolean().default(false),
});

export type OvhVpsSettings = z.infer<typeof ovhVpsSettings>;
