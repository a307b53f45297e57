import type { Platform } from "../platform";
import { type VsphereSettings, vsphereSettings } from "./settings";

/** VMware vSphere, also sold as OVHcloud Hosted Private Cloud. */
export const vspherePlatform: Platform<VsphereSettings> = {
  name: "vsphere",
  settings: vsphereSettings,
  secrets: ["password"],
  connect: (settings) => {
    const { VsphereDriver } = require("./driver") as typeof import("./driver");
    return new VsphereDriver(settings);
  },
};
