import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseXml } from "./client/xml";
import { blockers, quiesceReady } from "./readiness";

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
