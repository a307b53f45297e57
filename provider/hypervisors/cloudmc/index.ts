import type { Platform } from "../platform";
import { CloudmcHypervisor } from "./driver";
import { overCloudstack } from "./over-cloudstack";
import { type CloudmcSettings, cloudmcSettings } from "./settings";

/** CloudMC, a panel and API over Apache CloudStack. */
export const cloudmcPlatform: Platform<CloudmcSettings> = {
  name: "cloudmc",
  settings: cloudmcSettings,
  secrets: ["apiKey"],
  connect: (settings, others) => {
    const own = new CloudmcHypervisor(settings);
    const { cloudstack } = settings;
    return cloudstack === undefined ? own : overCloudstack(own, () => others(cloudstack));
  },
};
