import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { element, parseXml } from "./client/xml";
import { hasExcessDeltas } from "./unexplained-deltas";

/** The layout of a VM in the folder `web`: its disk's chain, and the chains that its snapshots had, by file. */
function layout(chain: string[], snapshots: string[][]) {
  const names = [...new Set([chain, ...snapshots].flat())];
  const disk = (files: string[]) => {
    const units = files.map((file) => `<chain><fileKey>${names.indexOf(file)}</fileKey><fileKey>90</fileKey></chain>`);
    return `<key>2000</key>${units.join("")}`;
  };
  const file = (key: number, name: string, type: string) =>
    `<VirtualMachineFileLayoutExFileInfo><key>${key}</key><name>${name}</name><type>${type}</type></VirtualMachineFileLayoutExFileInfo>`;
  const files = [
    ...names.map((name, key) => file(key, name, "diskDescriptor")),
    file(99, "[ds] web/web.vmx", "config"),
  ];
  const taken = snapshots.map(
    (one) =>
      `<VirtualMachineFileLayoutExSnapshotLayout><disk>${disk(one)}</disk></VirtualMachineFileLayoutExSnapshotLayout>`,
  );
  const current = `<VirtualMachineFileLayoutExDiskLayout>${disk(chain)}</VirtualMachineFileLayoutExDiskLayout>`;
  const xml = `<disks>${current}</disks><snapshots>${taken.join("")}</snapshots><files>${files.join("")}</files>`;
  const body = parseXml(`<Envelope><Body><read>${xml}</read></Body></Envelope>`, "read");
  const { disks, snapshots: all, files: known } = element(body.read) ?? {};
  return { disks, snapshots: all, files: known };
}

describe("whether a VM has more delta files than its snapshots account for", () => {
  const [base, one, two] = ["[ds] web/web.vmdk", "[ds] web/web-000001.vmdk", "[other] web/web-000002.vmdk"];
  const golden = "[ds] golden/golden.vmdk";
  const cases: [string, string[], string[][], boolean][] = [
    ["no snapshot, no delta", [base], [], false],
    ["no snapshot, a delta", [base, one], [], true],
    ["a delta for each snapshot", [base, one, two], [[base], [base, one]], false],
    ["the chain in the other order, as the simulator lists it", [two, one, base], [[base], [one, base]], false],
    ["two deltas, one snapshot", [base, one, two], [[base]], true],
    ["two snapshots of one moment", [base, one], [[base], [base]], false],
    ["snapshots of another branch only", [base, one], [[base, two]], true],
    ["a linked clone", [golden, one], [], false],
    ["a linked clone with a snapshot", [golden, one, two], [[golden, one]], false],
    ["a linked clone with a delta too many", [golden, one, two], [], true],
  ];
  for (const [title, chain, snapshots, excess] of cases) {
    it(title, () => assert.equal(hasExcessDeltas(layout(chain, snapshots)), excess));
  }

  it("nothing is known of the files", () => {
    assert.equal(hasExcessDeltas({ disks: undefined, snapshots: undefined, files: undefined }), false);
  });
});
