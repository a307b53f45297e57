import { z } from "zod";
import { durationSetting } from "../shared/duration-setting";
import { endpointUrl, networkSettings } from "../shared/http/settings";
import { profileSchema } from "./profile";

/** Connection settings of one environment of a CloudMC. */
export const cloudmcSettings = z.strictObject({
  endpoint: endpointUrl({ path: "/api/v1", example: "cloudmc.example.com", schemes: ["https", "http"] }).describe(
    "Host name or URL of the API; `https://` and `/api/v1` are added.",
  ),
  apiKey: z.string().min(1).describe("Sent as `MC-Api-Key`."),
  service: z.string().min(1).describe("The code of the service connection: `compute-qc`."),
  environment: z.string().min(1).describe("The name of the environment."),
  organizationId: z.string().min(1).optional().describe("Id of a sub-organization to act on behalf of."),
  ...networkSettings,
  pollInterval: durationSetting("1s", "1m").describe(
    "Time between two polls of a task. CloudMC's own clients poll every second.",
  ),
  rapid: z
    .boolean()
    .default(false)
    .describe("Keep volume snapshots on primary storage only: faster, but lost if that storage fails."),
  cloudstack: z
    .string()
    .min(1)
    .optional()
    .describe("Name of a connection to the CloudStack below, which is then used for recovery points."),
  profile: profileSchema.prefault({}).describe("Undocumented parts of the API."),
});

export type CloudmcSettings = z.infer<typeof cloudmcSettings>;
