import { z } from "zod";
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
  organizationId: z.string().min(1).optional().describe("Id of a sub-organization to act for."),
  ...networkSettings,
  pollSeconds: z
    .number()
    .positive()
    .max(60)
    .default(1)
    .describe("Seconds between two looks at a task. CloudMC's own clients look every second."),
  rapid: z
    .boolean()
    .default(false)
    .describe("Keep volume snapshots on primary storage only, which is faster and lost with it."),
  cloudstack: z
    .string()
    .min(1)
    .optional()
    .describe("Name of a CloudStack connection to the installation below, which then serves recovery points."),
  profile: profileSchema.prefault({}).describe("What the public documents do not show."),
});

export type CloudmcSettings = z.infer<typeof cloudmcSettings>;
