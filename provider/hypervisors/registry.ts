import { cloudmcPlatform } from "./cloudmc";
import { cloudstackPlatform } from "./cloudstack";
import type { Platform } from "./platform";
import { vspherePlatform } from "./vsphere";

/** Every platform there is. A new one is a folder beside this file and a line in this list. */
const platforms = [vspherePlatform, cloudstackPlatform, cloudmcPlatform] as const;

export function allPlatforms(): readonly Platform[] {
  return platforms as readonly unknown[] as readonly Platform[];
}

export function platformNames(): string[] {
  return platforms.map((platform) => platform.name);
}

export function platformNamed(name: string): Platform | undefined {
  return platforms.find((platform) => platform.name === name) as Platform | undefined;
}
