import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { SnapshotText } from "../ownership";
import {
  MAX_TEXT,
  readVmSnapshot,
  readVolumeSnapshot,
  type Tags,
  textTags,
  vmSnapshotTexts,
  volumeSnapshotTexts,
} from "./texts";

const ownership = { marker: "a2".repeat(13) };
const marker = `[snapstate:${ownership.marker}]`;
const listed = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value }));
const length = (text: string) => [...text].length;

const name = fc.string({ unit: "grapheme", maxLength: 80 }).filter((text) => !text.includes("[snapstate:"));
const words = fc
  .string({
    unit: fc.oneof(fc.constantFrom("😀", "\\u{", "\\u{5c}"), fc.string({ unit: "grapheme", maxLength: 3 })),
    maxLength: 900,
  })
  .filter((text) => !text.includes("[quiesced]"));
const described: fc.Arbitrary<SnapshotText> = fc
  .tuple(words, fc.boolean())
  .map(([description, marked]) => ({ description, ...(marked ? { ownership } : {}) }));

describe("texts of CloudStack's snapshots", () => {
  it("come back as they went in, and fit the platform's columns", () => {
    fc.assert(
      fc.property(name, described, fc.boolean(), (given, text, quiesced) => {
        const texts = { name: given, ...text, quiesced };
        const volume = volumeSnapshotTexts(texts, "x");
        assert.ok(length(volume.name) <= MAX_TEXT);
        assert.deepEqual(readVolumeSnapshot({ name: volume.name, tags: listed(volume.tags) }), texts);
        const vm = vmSnapshotTexts(texts);
        assert.ok(length(vm.description) <= MAX_TEXT);
        const row = { displayname: given, description: vm.description, tags: listed(vm.tags) };
        assert.deepEqual(readVmSnapshot(row), texts);
        for (const value of Object.values({ ...volume.tags, ...vm.tags })) {
          assert.ok(value !== "" && length(value) <= MAX_TEXT);
          assert.doesNotMatch(value, /[\u{10000}-\u{10ffff}]/u);
        }
      }),
    );
  });

  it("have the marker before there are tags", () => {
    const long = { description: "words ".repeat(100), ownership };
    const { name: stored } = volumeSnapshotTexts({ name: "one", ...long, quiesced: false }, "x");
    const bare = { name: "one", description: "", ownership };
    assert.deepEqual(readVolumeSnapshot({ name: stored }), { ...bare, quiesced: false });
    const { description: kept } = vmSnapshotTexts({ ...long, quiesced: true });
    assert.deepEqual(readVmSnapshot({ displayname: "one", description: kept }), { ...bare, quiesced: true });
  });

  it("are those of the tags once they were changed, also to nothing", () => {
    for (const text of [{ description: "" }, { description: "new" }, { description: "new", ownership }]) {
      const tags = listed(textTags(text));
      const one = { name: "one", ...text, quiesced: false };
      assert.deepEqual(readVolumeSnapshot({ name: `one ${marker}`, tags }), one);
      assert.deepEqual(readVmSnapshot({ name: "one", description: `old\n\n${marker}`, tags }), one);
    }
  });
});
