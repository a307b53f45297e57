import type { Platform } from "../platform";
import { type CloudmcSettings, cloudmcSettings } from "./settings";

/** CloudMC, a panel and API over Apache CloudStack. */
export const cloudmcPlatform: Platform<CloudmcSettings> = {
  name: "cloudmc",
  settings: cloudmcSettings,
  secrets: ["apiKey"],
  connect: (settings, others) => {
    const { CloudmcDriver } = require("./driver") as typeof import("./driver");
    const own = new CloudmcDriver(settings);
    const { cloudstack } = settings;
    if (cloudstack === undefined) return own;
    const { overCloudstack } = require("./over-cloudstack") as typeof import("./over-cloudstack");
    return overCloudstack(own, () => others(cloudstack));
  },
};
