import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  MAX_TEXT,
  readVmSnapshot,
  readVolumeSnapshot,
  type Tags,
  textTags,
  vmSnapshotTexts,
  volumeSnapshotTexts,
} from "./texts";

const marker = `[snapstate:${"a2".repeat(13)}]`;
const listed = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value }));
const length = (text: string) => [...text].length;

const name = fc.string({ unit: "grapheme", maxLength: 80 }).filter((text) => !text.includes("[snapstate:"));
const words = fc
  .string({
    unit: fc.oneof(fc.constantFrom("😀", "\\u{", "\\u{5c}"), fc.string({ unit: "grapheme", maxLength: 3 })),
    maxLength: 900,
  })
  .filter((text) => !text.includes("[quiesced]"));
const description = fc
  .tuple(words, fc.boolean())
  .map(([text, marked]) => (marked ? (text === "" ? marker : `${text}\n\n${marker}`) : text));

describe("texts of CloudStack's snapshots", () => {
  it("come back as they went in, and fit the platform's columns", () => {
    fc.assert(
      fc.property(name, description, fc.boolean(), (given, text, quiesced) => {
        const texts = { name: given, description: text, quiesced };
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
    const long = `${"words ".repeat(100)}\n\n${marker}`;
    const { name: stored } = volumeSnapshotTexts({ name: "one", description: long, quiesced: false }, "x");
    assert.equal(readVolumeSnapshot({ name: stored }).description, marker);
    const { description: kept } = vmSnapshotTexts({ name: "one", description: long, quiesced: true });
    assert.deepEqual(readVmSnapshot({ displayname: "one", description: kept }), {
      name: "one",
      description: marker,
      quiesced: true,
    });
  });

  it("are those of the tags once they were changed, also to nothing", () => {
    for (const text of ["", "new", `new\n\n${marker}`]) {
      const tags = listed(textTags(text));
      assert.equal(readVolumeSnapshot({ name: `one ${marker}`, tags }).description, text);
      assert.equal(readVmSnapshot({ description: `old\n\n${marker}`, tags }).description, text);
    }
  });
});
