import type { Blocker, PowerState } from "../contract";
import { element, list, text, type XmlElement, type XmlValue, xsiType } from "./client/xml";

/** Devices that make vSphere refuse a snapshot (vSphere 7.0, "Limitations of Snapshots"). */
export function blockers(devices: XmlValue, power: PowerState): Blocker[] {
  const found: Blocker[] = [];
  for (const value of list(element(devices)?.VirtualDevice)) {
    const device = element(value);
    if (device !== undefined) found.push(...ofDevice(device, xsiType(value) ?? "", power));
  }
  return found;
}

function ofDevice(device: XmlElement, type: string, power: PowerState): Blocker[] {
  const label = text(element(device.deviceInfo)?.label) ?? `device ${text(device.key)}`;
  const backing = element(device.backing);
  const found: Blocker[] = [];
  if ((text(backing?.diskMode) ?? "").startsWith("independent_") && power === "on") {
    found.push({
      code: "independent-disk",
      blocks: "memory",
      message: `${label} is an independent disk, which excludes a snapshot with memory of a running VM`,
    });
  }
  if (text(backing?.compatibilityMode) === "physicalMode") {
    found.push({
      code: "physical-rdm",
      blocks: "all",
      message: `${label} is a raw device mapping in physical mode, which excludes snapshots`,
    });
  }
  const sharedBus = text(device.sharedBus);
  if (sharedBus !== undefined && sharedBus !== "noSharing") {
    found.push({
      code: "shared-bus",
      blocks: "all",
      message: `${label} shares its bus (${sharedBus}), which excludes snapshots`,
    });
  }
  if (type === "VirtualPCIPassthrough") {
    found.push({
      code: "pci-passthrough",
      blocks: "all",
      message: `${label} is a PCI passthrough device, which excludes snapshots`,
    });
  }
  return found;
}

/** vSphere ignores a quiesce silently when the VM is off or its tools do not run (CreateSnapshotEx_Task). */
export function quiesceReady(power: PowerState, tools: string | undefined): { ready: boolean; reason?: string } {
  if (power !== "on") return { ready: false, reason: `the VM is powered ${power}` };
  if (tools === "guestToolsRunning") return { ready: true };
  return { ready: false, reason: "VMware Tools are not running in the guest" };
}
