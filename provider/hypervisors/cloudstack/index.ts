import type { Platform } from "../platform";
import { CloudStackHypervisor } from "./driver";
import { type CloudStackSettings, cloudstackSettings } from "./settings";

/** Apache CloudStack. */
export const cloudstackPlatform: Platform<CloudStackSettings> = {
  name: "cloudstack",
  settings: cloudstackSettings,
  secrets: ["apiKey", "secretKey"],
  connect: (settings) => new CloudStackHypervisor(settings),
};
