import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseXml, type XmlElement } from "./client/xml";
import { powerState, snapshots } from "./mapping";

const NONE = { snapshots: undefined, files: undefined };

function parse(inner: string): XmlElement {
  const xsi = 'xmlns:_XMLSchema-instance="http://www.w3.org/2001/XMLSchema-instance"';
  return parseXml(`<Envelope ${xsi}><Body>${inner}</Body></Envelope>`, "read");
}

interface Node {
  id: number;
  name?: string;
  state?: string;
  quiesced?: boolean;
  time?: string;
  below?: Node[];
}

function nodeXml(node: Node, tag: string): string {
  const { id, name = `s${id}`, state = "poweredOff", quiesced = false, time = "2026-11-21T10:00:00.123456789Z" } = node;
  const below = (node.below ?? []).map((child) => nodeXml(child, "childSnapshotList")).join("");
  return `<${tag}><snapshot type="VirtualMachineSnapshot">snapshot-${id}</snapshot><vm type="VirtualMachine">vm-1</vm><name>${name}</name><description>d${id}</description><id>${id}</id><createTime>${time}</createTime><state>${state}</state><quiesced>${quiesced}</quiesced>${below}</${tag}>`;
}

function tree(roots: Node[], current?: number, layout = NONE) {
  const marked =
    current === undefined ? "" : `<currentSnapshot type="VirtualMachineSnapshot">snapshot-${current}</currentSnapshot>`;
  const xml = `<val>${marked}${roots.map((root) => nodeXml(root, "rootSnapshotList")).join("")}</val>`;
  return snapshots(parse(xml).val, layout);
}

describe("a VM's snapshot tree", () => {
  it("is empty when the property is unset", () => {
    assert.deepEqual(snapshots(undefined, NONE), []);
    assert.deepEqual(snapshots(parse("<val/>").val, NONE), []);
  });

  it("lists parents before children, with depth and the current one", () => {
    const found = tree([{ id: 1, below: [{ id: 2, below: [{ id: 3 }] }, { id: 4 }] }, { id: 5 }], 4);
    assert.deepEqual(
      found.map(({ id, parentId, depth, isCurrent }) => [id, parentId, depth, isCurrent]),
      [
        ["snapshot-1", undefined, 1, false],
        ["snapshot-2", "snapshot-1", 2, false],
        ["snapshot-3", "snapshot-2", 3, false],
        ["snapshot-4", "snapshot-1", 2, true],
        ["snapshot-5", undefined, 1, false],
      ],
    );
  });

  it("has snapshots and none of them current after a failed backup", () => {
    assert.deepEqual(
      tree([{ id: 1 }]).map((snapshot) => snapshot.isCurrent),
      [false],
    );
  });

  it("reads names unescaped and descriptions as they are", () => {
    const [snapshot] = tree([{ id: 1, name: "50%25 a%2fb" }]);
    assert.equal(snapshot?.name, "50% a/b");
    assert.equal(snapshot?.description, "d1");
  });

  it("tells the consistency from the recorded power state", () => {
    const found = tree([
      { id: 1, state: "poweredOn" },
      { id: 2, state: "suspended" },
      { id: 3, quiesced: true },
      { id: 4 },
    ]);
    assert.deepEqual(
      found.map(({ consistency, powerState: power }) => [consistency, power]),
      [
        ["memory", "on"],
        ["memory", "suspended"],
        ["filesystem", "off"],
        ["crash", "off"],
      ],
    );
    assert.equal(powerState("somethingNew"), "unknown");
    assert.equal(powerState(undefined), "unknown");
  });

  it("writes times in UTC, to the millisecond", () => {
    const times = ["2026-11-21T10:00:00.123456789Z", "2026-11-21T12:00:00+02:00", "never"];
    assert.deepEqual(
      tree(times.map((time, id) => ({ id, time }))).map((snapshot) => snapshot.createdAt),
      ["2026-11-21T10:00:00.123Z", "2026-11-21T10:00:00.000Z", "never"],
    );
  });

  it("adds up a snapshot's own files, and counts nothing twice", () => {
    const file = (key: number, size: number) =>
      `<VirtualMachineFileLayoutExFileInfo><key>${key}</key><name>f${key}</name><size>${size}</size></VirtualMachineFileLayoutExFileInfo>`;
    const layoutOf = (id: number, data: number, memory: number, chain: number[]) =>
      `<VirtualMachineFileLayoutExSnapshotLayout><key type="VirtualMachineSnapshot">snapshot-${id}</key><dataKey>${data}</dataKey><memoryKey>${memory}</memoryKey><disk><key>2000</key>${chain.map((key) => `<chain><fileKey>${key}</fileKey><fileKey>${key + 1}</fileKey></chain>`).join("")}</disk></VirtualMachineFileLayoutExSnapshotLayout>`;
    const { files, snapshots } = parse(
      `<files>${file(1, 10)}${file(2, 4000)}${file(10, 1)}${file(11, 100)}${file(20, 2)}${file(21, 200)}</files>` +
        `<snapshots>${layoutOf(1, 1, -1, [10])}${layoutOf(2, 1, 2, [10, 20])}</snapshots>`,
    );
    const sizes = tree([{ id: 1, below: [{ id: 2 }] }, { id: 3 }], 2, {
      snapshots: snapshots as never,
      files: files as never,
    });
    assert.deepEqual(
      sizes.map((snapshot) => snapshot.sizeBytes),
      [111, 4212, undefined],
    );
  });

  it("walks a chain of 150", () => {
    let root: Node = { id: 150 };
    for (let id = 149; id > 0; id--) root = { id, below: [root] };
    const found = tree([root], 150);
    assert.equal(found.length, 150);
    assert.equal(found.at(-1)?.depth, 150);
  });
});
