import type { SnapshotKind } from "../../provider/platforms/contract";
import { Certificates } from "../contract/certificates";
import { cloudmc } from "./cloudmc";
import { cloudstack } from "./cloudstack";
import { impatient, type RunningPlatform, type WiredPlatform } from "./harness";
import { ovhVps } from "./ovh-vps";
import { proxmox } from "./proxmox";
import { qemu } from "./qemu";
import { type VspherePlatform, vsphere } from "./vsphere";
import { wiredVsphere } from "./vsphere-wire";

export { driverOf, type RunningPlatform, type Target, type WiredPlatform } from "./harness";

/**
 * Platforms over HTTP with a simulator of ours, by title; opening one may return why it is unavailable. A new platform
 * is a line here.
 */
export const simulated: [string, (options?: object) => Promise<WiredPlatform | string>][] = [
  ...both("CloudStack, volume snapshots", "CloudStack, VM snapshots", cloudstack),
  ...both("CloudMC, volume snapshots", "CloudMC, recovery points", cloudmc),
  ["OVHcloud VPS", ovhVps],
  ...both("Proxmox VE, virtual machines", "Proxmox VE, containers", proxmox),
];

/**
 * Every platform; opening one may return why it is unavailable. @param vms VMs of the vCenter simulator: one for each
 * case
 */
export function platforms(vms: number): [string, () => Promise<RunningPlatform | string>][] {
  return [["vSphere", () => vsphere(vms)], ...simulated, ["QEMU", () => qemu()]];
}

/** Every platform with a wire, for tests that open many at a time; they share one vCenter simulator. */
export class WiredPlatforms {
  private readonly certificates = new Certificates();
  private vcenter: VspherePlatform | string = "not started";
  private shown: Awaited<ReturnType<Certificates["make"]>>[] = [];

  /** @param vms VMs of the vCenter simulator: one for each case */
  constructor(private readonly vms: number) {}

  readonly all: [string, () => Promise<WiredPlatform | string>][] = [
    ["vSphere", () => this.vsphere()],
    ...simulated.map(([title, open]): [string, () => Promise<WiredPlatform | string>] => [
      title,
      async () => {
        const platform = await open();
        return typeof platform === "string" ? platform : impatient(platform);
      },
    ]),
  ];

  async start(): Promise<void> {
    this.vcenter = await vsphere(this.vms);
    this.shown = [await this.certificates.make(), await this.certificates.make()];
  }

  async stop(): Promise<void> {
    this.certificates.remove();
    if (typeof this.vcenter !== "string") await this.vcenter.close();
  }

  private async vsphere(): Promise<WiredPlatform | string> {
    const [own, other] = this.shown;
    if (typeof this.vcenter === "string") return this.vcenter;
    if (own === undefined) throw new Error("not started");
    return wiredVsphere(this.vcenter, own, other);
  }
}

function both(
  ofVolumes: string,
  ofVms: string,
  open: (kind: SnapshotKind, options?: object) => Promise<WiredPlatform | string>,
): [string, (options?: object) => Promise<WiredPlatform | string>][] {
  return [
    [ofVolumes, (options) => open("snapshot", options)],
    [ofVms, (options) => open("recovery-point", options)],
  ];
}
