import { z } from "zod";
import { endpointUrl, networkSettings } from "../shared/http/settings";

/** Connection settings of a vCenter (or ESXi host). */
export const vsphereSettings = z.strictObject({
  endpoint: endpointUrl({ path: "/sdk", example: "vcenter.example.com", schemes: ["https"] }).describe(
    "The vCenter's host name or URL; `https://` and `/sdk` are added.",
  ),
  username: z.string().min(1).describe("The user whose rights everything is done with."),
  password: z.string().min(1).describe("That user's password."),
  ...networkSettings,
  readAhead: z.boolean().default(true).describe("Read neighbours along when reads come one after the other."),
});

export type VsphereSettings = z.infer<typeof vsphereSettings>;
