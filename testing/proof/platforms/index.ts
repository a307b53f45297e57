import type { ProofPlatform } from "../platform";
import { cloudmc } from "./cloudmc";
import { cloudstack } from "./cloudstack";
import { ovhVps } from "./ovh-vps";
import { qemu } from "./qemu";
import { vsphere } from "./vsphere";

/** Each with its title; opening one says why it cannot be had. @param vms of the vCenter simulator: one a case */
export function platforms(vms: number): [string, () => Promise<ProofPlatform | string>][] {
  return [
    ["vSphere", () => vsphere(vms)],
    ["CloudStack, volume snapshots", () => cloudstack("snapshot")],
    ["CloudStack, VM snapshots", () => cloudstack("recovery-point")],
    ["CloudMC, volume snapshots", () => cloudmc("snapshot")],
    ["CloudMC, recovery points", () => cloudmc("recovery-point")],
    ["OVHcloud VPS", () => ovhVps()],
    ["QEMU", () => qemu()],
  ];
}
