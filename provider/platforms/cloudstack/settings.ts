import { z } from "zod";
import { endpointUrl, networkSettings } from "../shared/http/settings";

/** Connection settings of a CloudStack management server, for one account or one project of it. */
export const cloudstackSettings = z.strictObject({
  endpoint: endpointUrl({ path: "/client/api", example: "cloud.example.com", schemes: ["https", "http"] }).describe(
    "The management server's host name or URL; `https://` and `/client/api` are added.",
  ),
  apiKey: z
    .string()
    .min(1)
    .describe("The key of the user, or of a service account, whose rights everything is done with."),
  secretKey: z.string().min(1).describe("The secret that signs requests with that key."),
  project: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Name or id of the project that owns the VMs and volumes. Without it, those of the account itself are seen.",
    ),
  zone: z
    .string()
    .min(1)
    .optional()
    .describe("Name or id of the zone to which look-ups are limited, instead of all zones."),
  account: z
    .string()
    .min(1)
    .optional()
    .describe("Name of another account to act for, as an administrator; with `domainId`."),
  domainId: z.string().min(1).optional().describe("Id of the domain of `account`."),
  ...networkSettings,
  pageSize: z
    .int()
    .min(1)
    .max(500)
    .default(500)
    .describe("Rows in one page of a list; the server's `default.page.size` is the most it gives."),
  vmSnapshotLimit: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe("VM snapshots that one VM may have: the server's `vmsnapshot.max`, which users cannot read."),
  stuckAfterSeconds: z
    .number()
    .positive()
    .default(600)
    .describe(
      "Seconds after which a snapshot that is being made, and on which no visible job works, is no longer waited for.",
    ),
});

export type CloudStackSettings = z.infer<typeof cloudstackSettings>;
