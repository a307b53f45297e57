import { z } from "zod";
import { endpointUrl, networkSettings } from "../../http";

/** Connection settings of a CloudStack management server, for one account or one project of it. */
export const cloudstackSettings = z.strictObject({
  /** The management server's host name or URL; `https://` and `/client/api` are added. */
  endpoint: endpointUrl({ path: "/client/api", example: "cloud.example.com", schemes: ["https", "http"] }),
  apiKey: z.string().min(1),
  secretKey: z.string().min(1),
  /** Name or id of the project that owns the VMs and volumes. Without it, those of the account itself are seen. */
  project: z.string().min(1).optional(),
  /** Name or id of the zone to which look-ups are limited. @default all zones */
  zone: z.string().min(1).optional(),
  /** Name of another account to act for, as an administrator; with `domainId`. */
  account: z.string().min(1).optional(),
  /** Id of the domain of `account`. */
  domainId: z.string().min(1).optional(),
  ...networkSettings,
  /** Rows in one page of a list; the server's `default.page.size` is the most it gives. @default 500 */
  pageSize: z.int().min(1).max(500).default(500),
  /** VM snapshots that one VM may have: the server's `vmsnapshot.max`, which users cannot read. @default 10 */
  vmSnapshotLimit: z.int().min(1).max(1000).default(10),
  /** Seconds after which a snapshot that is still `Allocated` is no longer waited for. @default 600 */
  stuckAfterSeconds: z.number().positive().default(600),
});

export type CloudStackSettings = z.infer<typeof cloudstackSettings>;
