import type { Platform } from "../platform";
import { type ProxmoxSettings, proxmoxSettings } from "./settings";

/** Proxmox VE: virtual machines and containers of a cluster, or of one node. */
export const proxmoxPlatform: Platform<ProxmoxSettings> = {
  name: "proxmox",
  settings: proxmoxSettings,
  secrets: ["apiToken", "password"],
  connect: (settings) => {
    const { ProxmoxDriver } = require("./driver") as typeof import("./driver");
    return new ProxmoxDriver(settings);
  },
};
