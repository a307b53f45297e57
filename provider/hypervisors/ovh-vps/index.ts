import type { Platform } from "../platform";
import { accessOf, processSurroundings } from "./configuration";
import { OvhVpsHypervisor } from "./driver";
import { type OvhVpsSettings, ovhVpsSettings } from "./settings";

/** OVHcloud VPS, over OVHcloud's public API. */
export const ovhVpsPlatform: Platform<OvhVpsSettings> = {
  name: "ovh-vps",
  settings: ovhVpsSettings,
  secrets: ["applicationKey", "applicationSecret", "consumerKey", "clientSecret", "accessToken"],
  connect: (settings) => new OvhVpsHypervisor(settings, accessOf(settings, processSurroundings())),
};
