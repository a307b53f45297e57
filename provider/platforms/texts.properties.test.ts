import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { testCall } from "../../testing/contract/call";
import { property, textOf, valueOrRefusal } from "../../testing/fuzz/properties";
import { isWellFormed } from "../core/errors";
import {
  readVmSnapshot,
  readVolumeSnapshot,
  tagParameters,
  vmSnapshotTexts,
  volumeSnapshotTexts,
} from "./cloudstack/texts";
import {
  decodeMarkedName,
  decodeNamedText,
  decodeText,
  encodeMarkedName,
  encodeNamedText,
  type Ownership,
  type SnapshotText,
} from "./ownership";
import { checkTag, LONGEST_TAG } from "./qemu/support";
import { escapeName, unescapeName } from "./vsphere/names";

const LINE = `[snapstate:${"a2".repeat(13)}]`;
const name = textOf("a", " ", "é", "😀".repeat(130), "x".repeat(250), LINE, ` ${LINE}`, "[snapstate: hold]");
const words = textOf("\n", "\n[quiesced]", "|", "why", "😀".repeat(130), LINE, "\n\n", "[snapstate: hold]");
const owned: fc.Arbitrary<Ownership | undefined> = fc.constantFrom(undefined, { marker: "a2".repeat(13) });
/** As the lifecycle writes them: owned, or foreign ones that do not look owned. */
const described: fc.Arbitrary<SnapshotText> = fc
  .tuple(words, owned)
  .map(([description, ownership]) => ({ description, ...(ownership === undefined ? {} : { ownership }) }))
  .filter((text) => text.ownership !== undefined || decodeText(text.description).ownership === undefined);
/** Rows as CloudStack answers them, with the tags that were asked for. */
const tagged = (tags: Record<string, string>) => ({
  tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
});

describe("names that hold a marker", () => {
  property(
    "marked names: any name comes back as it went in, in as many characters as the platform takes, or is refused",
    fc.tuple(name, owned, fc.integer({ min: 40, max: 255 })),
    ([text, ownership, longest]) => {
      const bare = { description: "", ...(ownership === undefined ? {} : { ownership }) };
      const stored = valueOrRefusal(() => encodeMarkedName(text, bare, longest, "test"));
      if ("error" in stored) return;
      assert.ok(stored.value.length <= longest);
      assert.deepEqual(decodeMarkedName(stored.value), { name: text, ...bare });
    },
  );

  property("tags of QEMU: any name fits into an image's 255 bytes whole, or is refused", name, (text) => {
    const tag = `${text} ${LINE}`;
    const checked = valueOrRefusal(() => checkTag(tag, testCall()));
    if ("value" in checked) assert.ok(Buffer.byteLength(tag) <= LONGEST_TAG);
    assert.equal(decodeMarkedName(tag).name, text);
  });

  property(
    "texts of CloudStack: volume snapshots keep name and description, in values of 255 characters",
    fc.tuple(name, described, fc.boolean()),
    ([name, text, quiesced]) => {
      const stored = valueOrRefusal(() => volumeSnapshotTexts({ name, ...text, quiesced }, "test"));
      if ("error" in stored) return;
      fitsTags(stored.value.tags, text.description);
      const row = { id: "1", name: stored.value.name, ...tagged(stored.value.tags) };
      assert.deepEqual(readVolumeSnapshot(row), { name, ...text, quiesced });
    },
  );

  property(
    "texts of CloudStack: VM snapshots keep their description, in values of 255 characters",
    fc.tuple(described, fc.boolean()),
    ([text, quiesced]) => {
      const stored = vmSnapshotTexts({ ...text, quiesced });
      assert.ok([...stored.description].length <= 255);
      fitsTags(stored.tags, text.description);
      const row = { id: "1", displayname: "n", description: stored.description, ...tagged(stored.tags) };
      assert.deepEqual(readVmSnapshot(row), { name: "n", ...text, quiesced });
    },
  );

  property(
    "texts of OVHcloud: name and description come back as they went in, or the name is refused",
    fc.tuple(name, described),
    ([name, text]) => {
      const stored = valueOrRefusal(() => encodeNamedText(name, text, "test"));
      if ("error" in stored) return;
      assert.deepEqual(decodeNamedText(stored.value), { name, ...text });
    },
  );

  property("texts of OVHcloud: any text of a control panel is a name and a description", words, (text) => {
    const split = decodeNamedText(text);
    assert.ok(!split.name.includes("\n"));
  });

  const path = textOf("%", "%2f", "%2F", "%25", "%5c", "%zz", "/", "\\", "100%");
  property("names of vSphere: any name comes back from its escapes, and is one part of a path", path, (text) => {
    const sent = escapeName(text);
    assert.doesNotMatch(sent, /[/\\]/);
    assert.equal(unescapeName(sent), text);
    unescapeName(text);
  });
});

/** No value is too long, and none begins or ends with half a character that was whole. */
function fitsTags(tags: Record<string, string>, text: string): void {
  for (const value of Object.values(tagParameters(tags))) {
    assert.ok([...value].length <= 255);
    if (isWellFormed(text)) assert.ok(isWellFormed(value));
  }
}
