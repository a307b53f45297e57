import { z } from "zod";
import { endpointUrl, networkSettings } from "../../http";

/** Connection settings of a vCenter (or ESXi host). */
export const vsphereSettings = z.strictObject({
  /** The vCenter's host name or URL; `https://` and `/sdk` are added. */
  endpoint: endpointUrl({ path: "/sdk", example: "vcenter.example.com", schemes: ["https"] }),
  username: z.string().min(1),
  password: z.string().min(1),
  ...networkSettings,
  /** Read neighbours along when reads come one after the other. @default true */
  readAhead: z.boolean().default(true),
});

export type VsphereSettings = z.infer<typeof vsphereSettings>;
