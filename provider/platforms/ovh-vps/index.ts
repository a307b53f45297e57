import type { Platform } from "../platform";
import { type OvhVpsSettings, ovhVpsSettings } from "./settings";

/** OVHcloud VPS, over OVHcloud's public API. */
export const ovhVpsPlatform: Platform<OvhVpsSettings> = {
  name: "ovh-vps",
  settings: ovhVpsSettings,
  secrets: ["applicationKey", "applicationSecret", "consumerKey", "clientSecret", "accessToken"],
  connect: (settings) => {
    const { accessOf, processSurroundings } = require("./configuration") as typeof import("./configuration");
    const { OvhVpsDriver } = require("./driver") as typeof import("./driver");
    return new OvhVpsDriver(settings, accessOf(settings, processSurroundings()));
  },
};
