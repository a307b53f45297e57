import { z } from "zod";
import { endpointUrl, networkSettings } from "../../http";
import { profileSchema } from "./profile";

/** Connection settings of one environment of a CloudMC. */
export const cloudmcSettings = z.strictObject({
  /** Host name or URL of the API; `https://` and `/api/v1` are added. */
  endpoint: endpointUrl({ path: "/api/v1", example: "cloudmc.example.com", schemes: ["https", "http"] }),
  /** Sent as `MC-Api-Key`. */
  apiKey: z.string().min(1),
  /** The code of the service connection: `compute-qc`. */
  service: z.string().min(1),
  /** The name of the environment. */
  environment: z.string().min(1),
  /** Id of a sub-organization to act for. */
  organizationId: z.string().min(1).optional(),
  ...networkSettings,
  /** Seconds between two looks at a task. CloudMC's own clients look every second. @default 1 */
  pollSeconds: z.number().positive().max(60).default(1),
  /** Keep volume snapshots on primary storage only, which is faster and lost with it. @default false */
  rapid: z.boolean().default(false),
  /** Name of a CloudStack connection to the installation below, which then serves recovery points. */
  cloudstack: z.string().min(1).optional(),
  /** What the public documents do not show. */
  profile: profileSchema.prefault({}),
});

export type CloudmcSettings = z.infer<typeof cloudmcSettings>;
