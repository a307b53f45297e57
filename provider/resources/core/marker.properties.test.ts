import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { property, textOf } from "../../../testing/fuzz/properties";
import { printNote } from "../restore/note";
import { dueAt, firstMarker, type Notes, splitMarker, withMarker } from "./marker";

const marker = firstMarker("owner");
const note = printNote({ mark: firstMarker("restore"), phase: "begun", from: "a b", tasks: ["t/1", "t,2"] });

/** Descriptions that look like what is written below them. */
const description = textOf(
  ...["\n", "\n\n", "why", "]", `[snapstate:${marker}]`, "[snapstate: hold]", "[snapstate: expires 2030-01-01]"],
  ...[
    `[snapstate: ttl 9999999999999999999999s]\n[snapstate:${marker}]`,
    `[snapstate-restore:${note}]`,
    "[snapstate-restore:]",
  ],
  "[snapstate-restore:a user's own words]",
);
const time = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const notes: fc.Arbitrary<Notes> = fc
  .record({
    expires: fc.option(time, { nil: undefined }),
    ttlSeconds: fc.option(fc.nat(3_153_600_000), { nil: undefined }),
    hold: fc.option(fc.constant(true), { nil: undefined }),
    series: fc.option(fc.stringMatching(/^[a-z0-9-]{1,20}:[a-z2-7]{10}$/), { nil: undefined }),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
const restore = fc.constantFrom(undefined, note);

describe("what is written below a description", () => {
  property(
    "markers: description, notes and a Restore's note come back as they went in",
    fc.tuple(description, notes, restore),
    ([text, beside, noted]) => {
      const expected = { description: text, marker, notes: beside, ...(noted === undefined ? {} : { restore: noted }) };
      assert.deepEqual(splitMarker(withMarker(text, marker, beside, noted)), expected);
    },
  );

  property(
    "markers: a description stays whole when it is read and written again, and a Restore's note comes and goes",
    fc.tuple(description, notes),
    ([text, beside]) => {
      const stored = withMarker(text, marker, beside);
      const noted = splitMarker(stored);
      const during = splitMarker(withMarker(noted.description, noted.marker, noted.notes, note));
      assert.equal(withMarker(during.description, during.marker, during.notes), stored);
    },
  );

  property("markers: a foreign description outlives a Restore's note", description, (text) => {
    const before = splitMarker(text);
    // Somebody wrote our own lines: they are ours then.
    if (before.description !== text) return;
    const during = splitMarker(withMarker(text, undefined, {}, note));
    assert.deepEqual([during.restore, during.description], [note, text]);
    assert.equal(withMarker(during.description, undefined), text);
  });

  property("markers: any stored text is read, and tells a time or none", description, (text) => {
    const read = splitMarker(text);
    const due = dueAt(read.notes, "2026-01-01T00:00:00.000Z");
    assert.ok(due === undefined || !Number.isNaN(Date.parse(due)));
    assert.ok((read.notes.ttlSeconds ?? 0) <= 3_153_600_000);
  });
});
