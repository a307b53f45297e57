import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { testCall } from "../../testing/contract/call";
import { property, textOf, valueOrRefusal } from "../../testing/fuzz/properties";
import { isWellFormed } from "../errors";
import {
  readVmSnapshot,
  readVolumeSnapshot,
  tagParameters,
  vmSnapshotTexts,
  volumeSnapshotTexts,
} from "./cloudstack/texts";
import { markedName, splitMarkedName } from "./marked-name";
import { splitText, storedText } from "./ovh-vps/points";
import { checkTag, LONGEST_TAG } from "./qemu/support";
import { escapeName, unescapeName } from "./vsphere/names";

const LINE = `[snapstate:${"a2".repeat(13)}]`;
const name = textOf("a", " ", "é", "😀".repeat(130), "x".repeat(250), LINE, ` ${LINE}`, "[snapstate: hold]");
const words = textOf("\n", "\n[quiesced]", "|", "why", "😀".repeat(130), LINE, "\n\n", "[snapstate: hold]");
/** As the lifecycle writes them: with a marker at their end, or without one. */
const description = fc.oneof(
  words,
  words.map((text) => (text === "" ? LINE : `${text}\n\n${LINE}`)),
);
/** Rows as CloudStack answers them, with the tags that were asked for. */
const tagged = (tags: Record<string, string>) => ({
  tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
});

describe("names that hold a marker", () => {
  property(
    "marked names: any name comes back as it went in, in as many characters as the platform takes, or is refused",
    fc.tuple(name, fc.constantFrom("", LINE), fc.integer({ min: 40, max: 255 })),
    ([text, marker, longest]) => {
      const stored = valueOrRefusal(() => markedName(text, marker, longest, "test"));
      if ("error" in stored) return;
      assert.ok(stored.value.length <= longest);
      assert.deepEqual(splitMarkedName(stored.value), { name: text, description: marker });
    },
  );

  property("tags of QEMU: any name fits into an image's 255 bytes whole, or is refused", name, (text) => {
    const tag = `${text} ${LINE}`;
    const checked = valueOrRefusal(() => checkTag(tag, testCall()));
    if ("value" in checked) assert.ok(Buffer.byteLength(tag) <= LONGEST_TAG);
    assert.equal(splitMarkedName(tag).name, text);
  });

  property(
    "texts of CloudStack: volume snapshots keep name and description, in values of 255 characters",
    fc.tuple(name, description, fc.boolean()),
    ([text, described, quiesced]) => {
      const stored = valueOrRefusal(() =>
        volumeSnapshotTexts({ name: text, description: described, quiesced }, "test"),
      );
      if ("error" in stored) return;
      fitsTags(stored.value.tags, described);
      const row = { id: "1", name: stored.value.name, ...tagged(stored.value.tags) };
      assert.deepEqual(readVolumeSnapshot(row), { name: text, description: described, quiesced });
    },
  );

  property(
    "texts of CloudStack: VM snapshots keep their description, in values of 255 characters",
    fc.tuple(description, fc.boolean()),
    ([described, quiesced]) => {
      const stored = vmSnapshotTexts({ name: "n", description: described, quiesced });
      assert.ok([...stored.description].length <= 255);
      fitsTags(stored.tags, described);
      const row = { id: "1", displayname: "n", description: stored.description, ...tagged(stored.tags) };
      assert.deepEqual(readVmSnapshot(row), { name: "n", description: described, quiesced });
    },
  );

  property(
    "texts of OVHcloud: name and description come back as they went in, or the name is refused",
    fc.tuple(name, description),
    ([text, described]) => {
      const stored = valueOrRefusal(() => storedText(text, described, "test"));
      if ("error" in stored) return;
      assert.deepEqual(splitText(stored.value), { name: text, description: described });
    },
  );

  property("texts of OVHcloud: any text of a control panel is a name and a description", words, (text) => {
    const split = splitText(text);
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
