import { z } from "zod";
import { durationSetting } from "../shared/duration-setting";
import { networkSettings } from "../shared/http/settings";

const text = z.string().min(1).optional();

/** Connection settings of an OVHcloud account. Missing settings come from `OVH_*` variables or an `ovh.conf`. */
export const ovhVpsSettings = z.strictObject({
  endpoint: text.describe("`ovh-eu`, `ovh-ca`, `ovh-us`, or the URL of an API."),
  applicationKey: text.describe("The application key from `api.ovh.com/createToken`."),
  applicationSecret: text.describe("The application secret, which signs requests."),
  consumerKey: text.describe("The consumer key, which selects the account and its rights."),
  clientId: text.describe("A service account's id, as an alternative to the three keys."),
  clientSecret: text.describe("The service account's secret."),
  accessToken: text.describe(
    "An access token that is renewed elsewhere, as an alternative to keys or a service account.",
  ),
  tokenUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("The token URL of a service account; required if the endpoint is a URL."),
  account: text.describe("The account's name (`xx1111-ovh`), if the credentials have no right to `GET /auth/details`."),
  ...networkSettings,
  pollInterval: durationSetting("5s", "1m").describe(
    "Time between the first two polls of a task; pauses grow to three times as much.",
  ),
  abortOnCancel: z
    .boolean()
    .default(false)
    .describe("Abort a snapshot at OVHcloud when the wait for it is cancelled or times out."),
});

export type OvhVpsSettings = z.infer<typeof ovhVpsSettings>;
