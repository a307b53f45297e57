import { z } from "zod";
import { endpointUrl, networkSettings } from "../shared/http/settings";

/** Connection settings of a vCenter (or ESXi host). */
export const vsphereSettings = z.strictObject({
  endpoint: endpointUrl({ path: "/sdk", example: "vcenter.example.com", schemes: ["https"] }).describe(
    "The vCenter's host name or URL; `https://` and `/sdk` are added.",
  ),
  username: z.string().min(1).describe("The user name."),
  password: z.string().min(1).describe("The user's password."),
  ...networkSettings,
  readAhead: z.boolean().default(true).describe("Prefetch neighbouring VMs when reads come sequentially."),
});

export type VsphereSettings = z.infer<typeof vsphereSettings>;
