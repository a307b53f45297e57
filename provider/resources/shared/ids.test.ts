import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseId, pendingMarker, printId, printPendingId } from "./ids";

/** Any text that UTF-8 can hold; an unpaired surrogate is not. */
const part = fc.string({ unit: "grapheme", minLength: 1 });

describe("ids", () => {
  it("round-trip, whatever their parts contain", () => {
    fc.assert(
      fc.property(part, part, part, (connection, target, snapshot) => {
        const id = { connection, target, snapshot };
        assert.deepEqual(parseId(printId(id)), id);
        assert.equal(printId(id).split("/").length, 3);
      }),
    );
  });

  it("identify a snapshot that has no platform id yet by its marker", () => {
    fc.assert(
      fc.property(part, part, part, (connection, target, marker) => {
        assert.equal(pendingMarker(parseId(printPendingId(connection, target, marker))), marker);
      }),
    );
    assert.equal(pendingMarker(parseId("vcenter/vm-42/snapshot-77")), undefined);
  });

  it("refuse every malformed text, and say how an id looks", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text.split("/").length !== 3 || text.split("/").includes(""));
        assert.throws(() => parseId(text), /connection\/target\/snapshot/);
      }),
    );
    for (const text of ["%/b/c", "a/%zz/c", "a/b/%E0%A4%A"]) assert.throws(() => parseId(text), /three parts/);
  });
});
