import type { Platform } from "../platform";
import { type CloudStackSettings, cloudstackSettings } from "./settings";

/** Apache CloudStack. */
export const cloudstackPlatform: Platform<CloudStackSettings> = {
  name: "cloudstack",
  settings: cloudstackSettings,
  secrets: ["apiKey", "secretKey"],
  connect: (settings) => {
    const { CloudStackDriver } = require("./driver") as typeof import("./driver");
    return new CloudStackDriver(settings);
  },
};
