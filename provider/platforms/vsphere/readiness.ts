import type { Blocker, PowerState } from "../contract-types";
import { element, list, text, type XmlElement, type XmlValue, xsiType } from "./client/xml";

/** What a host supports for one vGPU profile while the VM is not off (HostSharedGpuCapabilities). */
export interface GpuAbility {
  diskSnapshots: boolean;
  memorySnapshots: boolean;
}

/** What affects snapshots besides the devices. */
export interface Situation {
  /** Of the VM's host, by profile; undefined when they could not be read. */
  gpus?: ReadonlyMap<string, GpuAbility> | undefined;
  /** The VM is protected by Fault Tolerance. */
  faultTolerant?: boolean;
}

const RAW_BACKINGS = ["VirtualDiskRawDiskVer2BackingInfo", "VirtualDiskPartitionedRawDiskVer2BackingInfo"];
const VGPU = "VirtualPCIPassthroughVmiopBackingInfo";
const VENDOR_MANAGED = "VirtualPCIPassthroughDvxBackingInfo";

/**
 * Devices that make vSphere refuse a snapshot, by backing, sharing mode and power state. docs/platforms/vsphere.md
 * names the source of each rule; without a source the result is a warning.
 */
export function blockers(devices: XmlValue, power: PowerState, situation: Situation = {}): Blocker[] {
  const found: Blocker[] = [];
  for (const { device, type } of devicesOf(devices)) {
    const label = text(element(device.deviceInfo)?.label) ?? `device ${text(device.key)}`;
    found.push(...ofDisk(device, label, power), ...ofBus(device, label));
    if (type === "VirtualPCIPassthrough") found.push(...ofPassthrough(device, label, power, situation.gpus));
    if (type === "VirtualSriovEthernetCard") found.push(directDevice("sriov", `${label} is an SR-IOV card`, power));
    if (type === "VirtualNVDIMM")
      found.push(perhaps("nvdimm", `${label} is persistent memory, which may exclude snapshots`));
  }
  if (situation.faultTolerant) {
    found.push(
      refused(
        "fault-tolerance",
        "it is protected by Fault Tolerance, which excludes snapshots. Turn Fault Tolerance off first",
      ),
    );
  }
  return found;
}

/** Profiles of a VM's vGPUs, whose abilities depend on the host. */
export function vgpus(devices: XmlValue): string[] {
  return devicesOf(devices).flatMap(({ device }) => {
    const backing = element(device.backing);
    return backing !== undefined && xsiType(device.backing) === VGPU ? [text(backing.vgpu) ?? ""] : [];
  });
}

/** Independent disks, which no snapshot covers: a revert does not change them. */
export function devicesOutsideMemory(devices: XmlValue): string[] {
  return devicesOf(devices).flatMap(({ device }) => {
    const mode = text(element(device.backing)?.diskMode) ?? "";
    const label = text(element(device.deviceInfo)?.label) ?? `disk ${text(device.key)}`;
    return mode.startsWith("independent_") ? [label] : [];
  });
}

function devicesOf(devices: XmlValue): { device: XmlElement; type: string }[] {
  return list(element(devices)?.VirtualDevice).flatMap((value) => {
    const device = element(value);
    return device === undefined ? [] : [{ device, type: xsiType(value) ?? "" }];
  });
}

function ofDisk(device: XmlElement, label: string, power: PowerState): Blocker[] {
  const backing = element(device.backing);
  const type = xsiType(device.backing) ?? "";
  const found: Blocker[] = [];
  const independent = (text(backing?.diskMode) ?? "").startsWith("independent_");
  if (RAW_BACKINGS.includes(type)) found.push(refused("raw-disk", `${label} is a raw disk, which excludes snapshots`));
  if (text(backing?.compatibilityMode) === "physicalMode") {
    const what = `${label} is a raw device mapping in physical mode, which`;
    // Snapshots omit an independent disk, so a snapshot of the others may be possible.
    found.push(
      independent
        ? perhaps("physical-rdm", `${what} may exclude snapshots`)
        : refused("physical-rdm", `${what} excludes snapshots`),
    );
  }
  if (text(backing?.sharing) === "sharingMultiWriter" && !independent) {
    found.push(
      refused(
        "shared-disk",
        `${label} is shared with other VMs (multi-writer) and not independent, which excludes snapshots`,
      ),
    );
  }
  if (type === "VirtualDiskLocalPMemBackingInfo") {
    found.push(perhaps("pmem-disk", `${label} is on persistent memory, which may exclude snapshots`));
  }
  if (independent) found.push(...ofIndependent(label, power));
  return found;
}

function ofIndependent(label: string, power: PowerState): Blocker[] {
  const what = `${label} is an independent disk, which`;
  if (power === "off") return [];
  const memory = `${what} excludes a snapshot with memory of a VM that is not off`;
  const found: Blocker[] = [{ code: "independent-disk", blocks: "memory", message: memory }];
  // Whether a snapshot of a suspended VM must include its memory depends on its capabilities.
  if (power === "suspended")
    found.push(perhaps("independent-disk", `${what} may exclude a snapshot of a suspended VM`));
  return found;
}

function ofBus(device: XmlElement, label: string): Blocker[] {
  const shared = text(device.sharedBus);
  if (shared === undefined || shared === "" || shared === "noSharing") return [];
  return [refused("shared-bus", `${label} shares its bus (${shared}), which excludes snapshots`)];
}

function ofPassthrough(device: XmlElement, label: string, power: PowerState, gpus: Situation["gpus"]): Blocker[] {
  const type = xsiType(device.backing);
  if (type !== VGPU) {
    if (type === VENDOR_MANAGED) {
      return [
        perhaps(
          "pci-passthrough",
          `${label} is a device that its vendor's driver manages, which may exclude snapshots`,
        ),
      ];
    }
    return [directDevice("pci-passthrough", `${label} is a PCI passthrough device`, power)];
  }
  if (power === "off") return [];
  const profile = text(element(device.backing)?.vgpu) ?? "";
  const ability = gpus?.get(profile);
  const named = `${label} is a vGPU (${profile})`;
  if (ability === undefined) {
    return [perhaps("vgpu", `${named}: whether its host takes snapshots while the VM is not off could not be read`)];
  }
  const found: Blocker[] = [];
  const until = "Power the VM off first";
  if (!ability.diskSnapshots)
    found.push(refused("vgpu", `${named}, which its host cannot snapshot while the VM is not off. ${until}`));
  if (!ability.memorySnapshots) {
    found.push({
      code: "vgpu",
      blocks: "memory",
      message: `${named}, which its host cannot snapshot with memory`,
    });
  }
  return found;
}

/** Hardware that the VM uses only while it is not off. VMware documents no exception for a VM that is off. */
function directDevice(code: string, what: string, power: PowerState): Blocker {
  if (power !== "off") return refused(code, `${what}, which excludes snapshots while the VM is not off`);
  return perhaps(code, `${what}, which may exclude snapshots even while the VM is off`);
}

function refused(code: string, message: string): Blocker {
  return { code, blocks: "all", message };
}

function perhaps(code: string, message: string): Blocker {
  return { code, blocks: "all", message, uncertain: true };
}

/** vSphere ignores a quiesce silently when the VM is off or its tools do not run (CreateSnapshotEx_Task). */
export function quiesceReady(power: PowerState, tools: string | undefined): { ready: boolean; reason?: string } {
  if (power !== "on") return { ready: false, reason: `the VM is powered ${power}` };
  if (tools === "guestToolsRunning") return { ready: true };
  return { ready: false, reason: "VMware Tools are not running in the guest" };
}
