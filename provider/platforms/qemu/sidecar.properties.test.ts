import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe } from "node:test";
import fc from "fast-check";
import { testCall } from "../../../testing/contract/call";
import { Outcomes } from "../../../testing/fuzz/outcomes";
import { property, RUNS } from "../../../testing/fuzz/properties";
import type { SnapshotCopy } from "./disk-snapshots";
import type { Layer } from "./disks";
import { currentTag, tree } from "./mapping";
import { Sidecar, type SidecarContent } from "./sidecar";

const TAGS = ["a", "b", "c", "d", "e", "constructor", "toString", "__proto__", "gone", "gone too"];
const tag = fc.constantFrom(...TAGS);
const entry = fc.record({
  name: fc.string({ unit: "binary", maxLength: 8 }),
  description: fc.string({ maxLength: 8 }),
  parent: fc.option(tag),
  quiesced: fc.boolean(),
  power: fc.constantFrom("on" as const, "off" as const, "suspended" as const, "unknown" as const),
  planned: fc.constantFrom("2026-01-01T00:00:00Z", "no time"),
  images: fc.option(fc.dictionary(fc.constantFrom("/vms/disk.qcow2", "/vms/other.qcow2"), fc.constantFrom("", "9@")), {
    nil: undefined,
  }),
});
const content = fc.record({
  version: fc.constant(1 as const),
  current: fc.option(tag),
  snapshots: fc.dictionary(tag, entry, { maxKeys: TAGS.length }),
});
const present = fc.subarray(TAGS.filter((one) => !one.startsWith("gone")));

const file = "/vms/disk.qcow2";
const image = { filename: file, format: "qcow2", "virtual-size": 1 };
const disk = {
  node: "",
  device: file,
  file,
  format: "qcow2",
  image,
  layers: [{ file, format: "qcow2", image }],
  temporary: false,
};
const folder = mkdtempSync(join(tmpdir(), "snapstate-properties-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const sidecar = new Sidecar(join(folder, "disk.qcow2"));

async function read(bytes: string | Uint8Array): Promise<SidecarContent> {
  writeFileSync(sidecar.path, bytes);
  return sidecar.read(testCall());
}

function treeOf(tags: readonly string[], notes: SidecarContent) {
  const snapshots = tags.map((one, at) => {
    const copies: [SnapshotCopy] = [{ disk, layer: disk.layers[0] as Layer, id: `${at}@` }];
    return { tag: one, copies, createdAt: "", memory: false, stateBytes: 0 };
  });
  return tree(snapshots, notes, [disk]);
}

describe("the file beside the disk, whatever is in it", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.json(),
    content.map((good) => JSON.stringify(good)),
    content.chain((good) => fc.nat(300).map((end) => JSON.stringify(good).slice(0, end))),
    fc.jsonValue().map((snapshots) => JSON.stringify({ version: 1, current: null, snapshots })),
    fc.constantFrom(
      '{"version":2}',
      '{"version":1e308}',
      "[".repeat(50_000),
      "\ufeff{}",
      '{"version":1,"__proto__":{}}',
    ),
  );
  property(
    "sidecar of QEMU: any bytes are read, or are an error of a known kind",
    bytes,
    async (given) => {
      const kind = await new Outcomes().of(read(given), "sidecar");
      assert.ok(["understood", "unsupported"].includes(kind), kind);
      if (kind === "understood") treeOf(TAGS, await sidecar.read(testCall()));
    },
    Math.min(RUNS, 3000),
  );

  property(
    "tree of QEMU: any parents, also in circles, give each snapshot once, below its parent and under a root",
    fc.tuple(present, content),
    async ([tags, written]) => {
      const notes = await read(JSON.stringify(written));
      const snapshots = treeOf(tags, notes);
      assert.deepEqual(snapshots.map((snapshot) => snapshot.tag).sort(), [...tags].sort());
      for (const { tag: name, name: shown, parentId, depth } of snapshots) {
        const parent = snapshots.find(({ id }) => id === parentId);
        assert.equal(parent === undefined, parentId === undefined);
        assert.equal(depth, 1 + (parent?.depth ?? 0));
        if (!Object.hasOwn(notes.snapshots, name)) assert.equal(shown, name);
      }
      assert.ok(snapshots.filter(({ isCurrent }) => isCurrent).length <= 1);
      assert.equal(typeof currentTag([], notes), "undefined");
    },
    Math.min(RUNS, 3000),
  );

  property(
    "tree of QEMU: a chain of thousands has an end",
    fc.integer({ min: 2000, max: 3000 }),
    (length) => {
      const tags = Array.from({ length }, (_, at) => `t${at}`);
      const snapshot = { name: "", description: "", quiesced: false, power: "on" as const, planned: "" };
      const snapshots = Object.fromEntries(
        tags.map((one, at) => [one, { ...snapshot, parent: at === 0 ? null : `t${at - 1}` }]),
      );
      const reversed = treeOf([...tags].reverse(), { version: 1, current: null, snapshots });
      assert.equal(reversed.at(-1)?.depth, length);
    },
    2,
  );
});
