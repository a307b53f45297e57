import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapeName, unescapeName } from "./names";

const names = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("%", "/", "\\", "2", "5", "f", "F", "c", "C", "a", "😀") }),
);

/** What a server does that decodes before it stores. */
const decoded = (sent: string) => sent.replace(/%(25|2f|5c)/gi, (code) => decodeURIComponent(code));

describe("snapshot names on the wire", () => {
  it("escapes as the documentation of CreateSnapshotEx_Task says", () => {
    assert.equal(escapeName("50% a/b\\c"), "50%25 a%2fb%5cc");
    assert.equal(escapeName("%2f"), "%252f");
    assert.equal(escapeName("007 😀 é"), "007 😀 é");
  });

  it("sends no % that begins no escape", () => {
    fc.assert(fc.property(names, (name) => !/[/\\]|%(?!25|2f|5c)/.test(escapeName(name))));
  });

  it("reads back every name from a server that stores what is sent", () => {
    fc.assert(fc.property(names, (name) => assert.equal(unescapeName(escapeName(name)), name)));
  });

  it("reads back every name without a literal escape from a server that decodes", () => {
    const plain = names.filter((name) => !/%(25|2f|5c)/i.test(name));
    fc.assert(fc.property(plain, (name) => assert.equal(unescapeName(decoded(escapeName(name))), name)));
  });

  it("leaves names alone that a person typed into a client", () => {
    for (const name of ["100%", "100% done", "a/b", "a\\b %2f", "%zz", "plain"]) assert.equal(unescapeName(name), name);
  });
});
