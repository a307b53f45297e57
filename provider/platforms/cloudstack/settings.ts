import { z } from "zod";
import { durationSetting } from "../shared/duration-setting";
import { endpointUrl, networkSettings } from "../shared/http/settings";

/** Connection settings of a CloudStack management server, for one account or one project of it. */
export const cloudstackSettings = z.strictObject({
  endpoint: endpointUrl({ path: "/client/api", example: "cloud.example.com", schemes: ["https", "http"] }).describe(
    "The management server's host name or URL; `https://` and `/client/api` are added.",
  ),
  apiKey: z.string().min(1).describe("The API key of a user or service account."),
  secretKey: z.string().min(1).describe("The secret key, which signs requests."),
  project: z
    .string()
    .min(1)
    .optional()
    .describe("Name or id of the project that owns the VMs and volumes. Default: those of the account itself."),
  zone: z.string().min(1).optional().describe("Name or id of a zone, to limit lookups to it."),
  account: z
    .string()
    .min(1)
    .optional()
    .describe("Name of another account to act on behalf of, as an administrator; with `domainId`."),
  domainId: z.string().min(1).optional().describe("Id of the domain of `account`."),
  ...networkSettings,
  pageSize: z
    .int()
    .min(1)
    .max(500)
    .default(500)
    .describe("Rows per page of a list; at most the server's `default.page.size`."),
  vmSnapshotLimit: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe("Maximum VM snapshots of one VM: the server's `vmsnapshot.max`, which users cannot read."),
  stuckAfter: durationSetting("10m", "7d").describe(
    "How long an unfinished snapshot may be without a visible job before it counts as stuck.",
  ),
});

export type CloudStackSettings = z.infer<typeof cloudstackSettings>;
