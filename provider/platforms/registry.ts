import { cloudmcPlatform } from "./cloudmc";
import { cloudstackPlatform } from "./cloudstack";
import { ovhVpsPlatform } from "./ovh-vps";
import type { Platform } from "./platform";
import { proxmoxPlatform } from "./proxmox";
import { qemuPlatform } from "./qemu";
import { vspherePlatform } from "./vsphere";

/** All platforms. A new one is a folder beside this file and a line in this list. */
// biome-ignore format: one line per platform, to avoid merge conflicts
const platforms = [
  vspherePlatform,
  cloudstackPlatform,
  cloudmcPlatform,
  qemuPlatform,
  ovhVpsPlatform,
  proxmoxPlatform,
] as const;

export function allPlatforms(): readonly Platform[] {
  return platforms as readonly unknown[] as readonly Platform[];
}

export function platformNames(): string[] {
  return platforms.map((platform) => platform.name);
}

export function platformNamed(name: string): Platform | undefined {
  return platforms.find((platform) => platform.name === name) as Platform | undefined;
}
