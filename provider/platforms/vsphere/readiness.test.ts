import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PowerState } from "../contract";
import { parseXml } from "./client/xml";
import { blockers, devicesOutsideMemory, quiesceReady, type Situation } from "./readiness";

function devices(...list: string[]) {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  const xml = `<Envelope ${xsi}><Body><val xsi:type="ArrayOfVirtualDevice">${list.join("")}</val></Body></Envelope>`;
  return parseXml(xml, "read").val;
}

const device = (type: string, inner: string, label = "Device 1") =>
  `<VirtualDevice xsi:type="${type}"><key>2000</key><deviceInfo><label>${label}</label></deviceInfo>${inner}</VirtualDevice>`;
const disk = (mode: string, label?: string) =>
  device(
    "VirtualDisk",
    `<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><diskMode>${mode}</diskMode></backing>`,
    label,
  );
const rdm = (compatibility: string) =>
  device(
    "VirtualDisk",
    `<backing><compatibilityMode>${compatibility}</compatibilityMode><diskMode></diskMode></backing>`,
  );
const bus = (sharing: string) => device("ParaVirtualSCSIController", `<sharedBus>${sharing}</sharedBus>`);

const codes = (value: ReturnType<typeof devices>, power: "on" | "off" = "on") =>
  blockers(value, power).map(({ code, blocks }) => [code, blocks]);

describe("what keeps a VM from snapshots", () => {
  it("is nothing for plain devices", () => {
    const plain = devices(disk("persistent"), rdm("virtualMode"), bus("noSharing"), device("VirtualE1000", ""));
    assert.deepEqual(codes(plain), []);
    assert.deepEqual(codes(undefined), []);
    assert.deepEqual(codes(devices()), []);
  });

  it("is an independent disk, for memory of a running VM", () => {
    for (const mode of ["independent_persistent", "independent_nonpersistent"]) {
      const value = devices(disk(mode, "Hard disk 3"));
      assert.deepEqual(codes(value), [["independent-disk", "memory"]]);
      assert.deepEqual(codes(value, "off"), []);
      assert.match(blockers(value, "on")[0]?.message ?? "", /Hard disk 3/);
    }
  });

  it("is a physical RDM, a shared bus or a passthrough device, for all", () => {
    assert.deepEqual(codes(devices(rdm("physicalMode"))), [["physical-rdm", "all"]]);
    assert.deepEqual(codes(devices(bus("physicalSharing"), bus("virtualSharing"))), [
      ["shared-bus", "all"],
      ["shared-bus", "all"],
    ]);
    assert.deepEqual(codes(devices(device("VirtualPCIPassthrough", ""))), [["pci-passthrough", "all"]]);
  });

  it("names a device without a label by its key", () => {
    const bare = devices('<VirtualDevice xsi:type="VirtualPCIPassthrough"><key>13000</key></VirtualDevice>');
    assert.match(blockers(bare, "on")[0]?.message ?? "", /device 13000/);
  });
});

const backed = (type: string, kind: string, inner = "") =>
  devices(device(type, `<backing xsi:type="${kind}">${inner}</backing>`));
const vgpu = backed("VirtualPCIPassthrough", "VirtualPCIPassthroughVmiopBackingInfo", "<vgpu>grid_t4-8q</vgpu>");
const flat = (inner: string) => backed("VirtualDisk", "VirtualDiskFlatVer2BackingInfo", inner);

/** A blocker in one word: its code, `!memory` for one of memory alone, `?` for one that only the platform can tell. */
function verdict(value: ReturnType<typeof devices>, power: PowerState, situation: Situation = {}): string[] {
  return blockers(value, power, situation).map(
    ({ code, blocks, uncertain }) => `${code}${blocks === "memory" ? "!memory" : ""}${uncertain ? "?" : ""}`,
  );
}

describe("what keeps a VM from snapshots, by backing, sharing and power state", () => {
  const host = (diskSnapshots: boolean, memorySnapshots: boolean): Situation => ({
    gpus: new Map([["grid_t4-8q", { diskSnapshots, memorySnapshots }]]),
  });

  it("is never a vGPU of a VM that is off, and else what its host says of its profile", () => {
    assert.deepEqual(verdict(vgpu, "off", host(false, false)), []);
    for (const power of ["on", "suspended", "unknown"] as const) {
      assert.deepEqual(verdict(vgpu, power, host(true, true)), []);
      assert.deepEqual(verdict(vgpu, power, host(true, false)), ["vgpu!memory"]);
      assert.deepEqual(verdict(vgpu, power, host(false, false)), ["vgpu", "vgpu!memory"]);
      assert.deepEqual(verdict(vgpu, power), ["vgpu?"]);
      assert.deepEqual(verdict(vgpu, power, { gpus: new Map() }), ["vgpu?"]);
    }
  });

  for (const kind of ["VirtualPCIPassthroughDeviceBackingInfo", "VirtualPCIPassthroughDynamicBackingInfo"]) {
    it(`is ${kind}, surely while the VM is not off`, () => {
      const value = backed("VirtualPCIPassthrough", kind);
      for (const power of ["on", "suspended", "unknown"] as const) {
        assert.deepEqual(verdict(value, power), ["pci-passthrough"]);
      }
      assert.deepEqual(verdict(value, "off"), ["pci-passthrough?"]);
    });
  }

  it("is an SR-IOV card while the VM is not off; persistent memory and vendors' devices perhaps", () => {
    const card = devices(device("VirtualSriovEthernetCard", ""));
    assert.deepEqual([verdict(card, "on"), verdict(card, "off")], [["sriov"], ["sriov?"]]);
    assert.deepEqual(verdict(devices(device("VirtualNVDIMM", "")), "on"), ["nvdimm?"]);
    assert.deepEqual(verdict(backed("VirtualDisk", "VirtualDiskLocalPMemBackingInfo"), "on"), ["pmem-disk?"]);
    assert.deepEqual(verdict(backed("VirtualPCIPassthrough", "VirtualPCIPassthroughDvxBackingInfo"), "on"), [
      "pci-passthrough?",
    ]);
  });

  it("is a disk that other VMs write to, unless it is independent", () => {
    const shared = "<sharing>sharingMultiWriter</sharing>";
    for (const power of ["on", "off"] as const) {
      assert.deepEqual(verdict(flat(`<diskMode>persistent</diskMode>${shared}`), power), ["shared-disk"]);
      assert.deepEqual(verdict(flat("<diskMode>persistent</diskMode><sharing>sharingNone</sharing>"), power), []);
    }
    const independent = flat(`<diskMode>independent_persistent</diskMode>${shared}`);
    assert.deepEqual(verdict(independent, "off"), []);
    assert.deepEqual(verdict(independent, "on"), ["independent-disk!memory"]);
    assert.deepEqual(devicesOutsideMemory(independent), ["Device 1"]);
  });

  it("is an independent disk of a suspended VM perhaps, since its memory may have to be included", () => {
    const value = flat("<diskMode>independent_nonpersistent</diskMode>");
    assert.deepEqual(verdict(value, "suspended"), ["independent-disk!memory", "independent-disk?"]);
  });

  it("is a raw device in physical mode surely only when it is not independent, and a raw disk always", () => {
    const raw = "VirtualDiskRawDiskMappingVer1BackingInfo";
    const physical = (mode: string) =>
      backed("VirtualDisk", raw, `<compatibilityMode>physicalMode</compatibilityMode><diskMode>${mode}</diskMode>`);
    assert.deepEqual(verdict(physical(""), "off"), ["physical-rdm"]);
    assert.deepEqual(verdict(physical("independent_persistent"), "off"), ["physical-rdm?"]);
    assert.deepEqual(verdict(backed("VirtualDisk", "VirtualDiskRawDiskVer2BackingInfo"), "off"), ["raw-disk"]);
  });

  it("is a controller of any kind that shares its bus, whatever hangs on it", () => {
    for (const type of ["VirtualLsiLogicSASController", "ParaVirtualSCSIController", "VirtualNVMEController"]) {
      assert.deepEqual(verdict(devices(device(type, "<sharedBus>virtualSharing</sharedBus>")), "off"), ["shared-bus"]);
      assert.deepEqual(verdict(devices(device(type, "<sharedBus>noSharing</sharedBus>")), "on"), []);
    }
  });

  it("is Fault Tolerance; not a vTPM, a USB device, or encryption", () => {
    assert.deepEqual(verdict(devices(), "on", { faultTolerant: true }), ["fault-tolerance"]);
    const key = "<keyId><keyId>k</keyId></keyId><diskMode>persistent</diskMode>";
    assert.deepEqual(verdict(flat(key), "on"), []);
    const usb = device("VirtualUSB", '<backing xsi:type="VirtualUSBRemoteHostBackingInfo"/>');
    assert.deepEqual(verdict(devices(device("VirtualTPM", ""), usb), "on"), []);
  });
});

describe("whether a quiesce can work", () => {
  it("needs a running VM with running tools", () => {
    assert.deepEqual(quiesceReady("on", "guestToolsRunning"), { ready: true });
    for (const [power, tools] of [
      ["on", "guestToolsNotRunning"],
      ["on", undefined],
      ["off", "guestToolsRunning"],
      ["suspended", "guestToolsRunning"],
    ] as const) {
      const { ready, reason } = quiesceReady(power, tools);
      assert.equal(ready, false);
      assert.ok(reason);
    }
  });
});
