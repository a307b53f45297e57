import type { Platform } from "../platform";
import { type QemuSettings, qemuSettings } from "./settings";

/** QEMU on this machine, by QMP sockets: no root, no KVM and no network are needed. */
export const qemuPlatform: Platform<QemuSettings> = {
  name: "qemu",
  settings: qemuSettings,
  secrets: [],
  connect: (settings) => {
    const { QemuDriver } = require("./driver") as typeof import("./driver");
    return new QemuDriver(settings);
  },
};
