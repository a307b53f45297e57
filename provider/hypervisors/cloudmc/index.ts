import type { Platform } from "../platform";
import { CloudmcHypervisor } from "./driver";
import { type CloudmcSettings, cloudmcSettings } from "./settings";

/** CloudMC, a panel and API over Apache CloudStack. */
export const cloudmcPlatform: Platform<CloudmcSettings> = {
  name: "cloudmc",
  settings: cloudmcSettings,
  secrets: ["apiKey"],
  connect: (settings, others) => {
    const { cloudstack } = settings;
    return new CloudmcHypervisor(settings, cloudstack === undefined ? undefined : () => others(cloudstack));
  },
};
