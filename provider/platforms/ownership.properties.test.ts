import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { property, textOf, valueOrRefusal } from "../../testing/fuzz/properties";
import { isSnapstateError, isWellFormed } from "../core/errors";
import { decodeText, encodeMarkedName, encodeText, isSameText, type Notes, type RestoreNote } from "./ownership";

const marker = "a2".repeat(13);
const restoreNote: RestoreNote = { mark: "b3".repeat(13), phase: "begun", from: "a b", tasks: ["t/1", "t,2"] };
const noteLine = encodeText({ description: "", restoreNote });

/** Descriptions that look like what is written below them. */
const description = textOf(
  ...["\n", "\n\n", "why", "]", `[snapstate:${marker}]`, "[snapstate: hold]", "[snapstate: expires 2030-01-01]"],
  ...[`[snapstate: ttl 9999999999999999999999s]\n[snapstate:${marker}]`, noteLine, "[snapstate-restore:]"],
  ...["[snapstate-restore:a user's own words]", `[snapstate-restore:${marker} begun %zz]`],
);
const time = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const notes: fc.Arbitrary<Notes> = fc
  .record({
    expiresAt: fc.option(time, { nil: undefined }),
    ttlSeconds: fc.option(fc.nat(3_153_600_000), { nil: undefined }),
    hold: fc.option(fc.constant(true), { nil: undefined }),
    series: fc.option(fc.stringMatching(/^[a-z0-9-]{1,20}:[a-z2-7]{10}$/), { nil: undefined }),
    claim: fc.option(fc.integer({ min: 1, max: 999_999_999 }), { nil: undefined }),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
const noted = fc.constantFrom({}, { restoreNote });

describe("ownership as text", () => {
  it("has the format that real snapshots have", () => {
    const notes = { expiresAt: "2030-01-02T03:04:05.000Z", ttlSeconds: 60, hold: true, series: "s:a", claim: 2 };
    const ownership = { marker, ...notes };
    assert.equal(
      encodeText({ description: "why", ownership, restoreNote }),
      `why

[snapstate-restore:${"b3".repeat(13)} begun a%20b t%2F1,t%2C2]

[snapstate: expires 2030-01-02T03:04:05.000Z, ttl 60s, hold, series s:a, claim 2]
[snapstate:${marker}]`,
    );
    assert.equal(encodeText({ description: "", ownership: { marker } }), `[snapstate:${marker}]`);
  });

  property(
    "markers: description, notes and a Restore's note come back as they went in",
    fc.tuple(description, notes, noted),
    ([words, beside, note]) => {
      const text = { description: words, ownership: { marker, ...beside }, ...note };
      assert.deepEqual(decodeText(encodeText(text)), text);
    },
  );

  property(
    "markers: a description stays whole when it is read and written again, and a Restore's note comes and goes",
    fc.tuple(description, notes),
    ([words, beside]) => {
      const text = { description: words, ownership: { marker, ...beside } };
      const during = decodeText(encodeText({ ...decodeText(encodeText(text)), restoreNote }));
      assert.deepEqual(during.restoreNote, restoreNote);
      assert.ok(isSameText({ ...during, restoreNote: undefined }, text));
    },
  );

  property("markers: a foreign description outlives a Restore's note", description, (words) => {
    // Somebody wrote our own lines: they are ours then.
    if (decodeText(words).description !== words) return;
    const during = decodeText(encodeText({ description: words, restoreNote }));
    assert.deepEqual(during, { description: words, restoreNote });
    assert.equal(decodeText(encodeText({ description: during.description })).description, words);
  });

  property("markers: any stored text is read, and tells a time or none", description, (stored) => {
    const { expiresAt: expires = "2026-01-01", ttlSeconds = 0 } = decodeText(stored).ownership ?? {};
    assert.ok(!Number.isNaN(Date.parse(expires)));
    assert.ok(ttlSeconds <= 3_153_600_000);
  });

  const part = textOf("/", "%2f", "%", "~", "%ed%a0%80", "a").filter((one) => one !== "");
  property("notes of a Restore: come back as they went in", fc.tuple(part, fc.array(part)), ([from, tasks]) => {
    const note = { ...restoreNote, from, tasks };
    const stored = valueOrRefusal(() => encodeText({ description: "why", restoreNote: note }));
    assert.equal("value" in stored, [from, ...tasks].every(isWellFormed));
    if ("value" in stored) assert.deepEqual(decodeText(stored.value), { description: "why", restoreNote: note });
  });

  it("leaves out notes that it does not understand, and notes without a marker are a user's words", () => {
    assert.deepEqual(decodeText("[snapstate: hold]"), { description: "[snapstate: hold]" });
    const spoilt = `a\n\n[snapstate: expires soon, ttl many, held, hold , x]\n[snapstate:${marker}]`;
    assert.deepEqual(decodeText(spoilt), { description: "a", ownership: { marker, hold: true } });
  });

  it("refuses a name that lacks room for the marker, and what would be lost beside it", () => {
    const refused = (kind: "unsupported" | "bad-input") => (error: unknown) => isSnapstateError(error, kind);
    const bare = { description: "", ownership: { marker } };
    for (const more of [
      { ...bare, description: "words" },
      { ...bare, ownership: { marker, hold: true } },
      { ...bare, restoreNote },
    ]) {
      assert.throws(() => encodeMarkedName("a", more, 255, "x"), refused("unsupported"));
    }
    assert.equal(encodeMarkedName("a".repeat(216), bare, 255, "x").length, 255);
    assert.throws(
      () => encodeMarkedName("a".repeat(217), bare, 255, "x"),
      /217 characters, and the platform takes 216/,
    );
    const foreign = { description: "" };
    assert.throws(() => encodeMarkedName(`a [snapstate:${marker}]`, foreign, 255, "x"), refused("bad-input"));
  });
});
