import type { Platform } from "../platform";
import { VsphereHypervisor } from "./driver";
import { type VsphereSettings, vsphereSettings } from "./settings";

/** VMware vSphere, also sold as OVHcloud Hosted Private Cloud. */
export const vspherePlatform: Platform<VsphereSettings> = {
  name: "vsphere",
  settings: vsphereSettings,
  secrets: ["password"],
  connect: (settings) => new VsphereHypervisor(settings),
};
