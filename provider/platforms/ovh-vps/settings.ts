import { z } from "zod";
import { networkSettings } from "../shared/http/settings";

const text = z.string().min(1).optional();

/** Connection settings of an OVHcloud account. What is left out comes from `OVH_*` variables or an `ovh.conf`. */
export const ovhVpsSettings = z.strictObject({
  endpoint: text.describe("`ovh-eu`, `ovh-ca`, `ovh-us`, or the URL of an API."),
  applicationKey: text.describe("Of the keys that `api.ovh.com/createToken` makes."),
  applicationSecret: text.describe("Of the same keys; signs the requests."),
  consumerKey: text.describe("Of the same keys; says whose account it is and what they may do."),
  clientId: text.describe("A service account's id, in place of the three keys."),
  clientSecret: text.describe("That service account's secret."),
  accessToken: text.describe("A token that somebody else renews, in place of keys or a service account."),
  tokenUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Where a service account gets its token; needed when the endpoint is a URL."),
  account: text.describe(
    "The account's name (`xx1111-ovh`), when the credentials may not ask for it by `GET /auth/details`.",
  ),
  ...networkSettings,
  pollSeconds: z
    .number()
    .positive()
    .max(60)
    .default(5)
    .describe("Seconds before the second look at a task; the pauses grow to three times as much."),
  abortOnCancel: z
    .boolean()
    .default(false)
    .describe("Tell OVHcloud to abort a snapshot whose wait is cancelled or too long."),
});

export type OvhVpsSettings = z.infer<typeof ovhVpsSettings>;
