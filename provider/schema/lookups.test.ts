import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { joinLookups, outsideName, splitLookups } from "./lookups";

describe("targets by an object, in an input of their own", () => {
  const pairs: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ["a text stays", { target: "web", name: "one" }, { target: "web", name: "one" }],
    ["an object is the target", { targetLookup: { name: "web" } }, { target: { name: "web" } }],
    ["another input than target", { attachToLookup: { id: "vm-1" } }, { attachTo: { id: "vm-1" } }],
    [
      "a list takes both, texts first",
      { targets: ["a"], targetLookups: [{ name: "b" }, { path: "/c" }] },
      { targets: ["a", { name: "b" }, { path: "/c" }] },
    ],
    ["a list of objects alone", { targetLookups: [{ name: "b" }] }, { targets: [{ name: "b" }] }],
    ["nothing is a name of Object's", { constructor: "x", toString: 1 }, { constructor: "x", toString: 1 }],
  ];
  for (const [title, outside, inside] of pairs) {
    it(`${title}, there and back`, () => {
      assert.deepEqual(joinLookups(outside), inside);
      assert.deepEqual(splitLookups(inside), outside);
    });
  }

  it("leaves both for one VM for the check to refuse, and unknown lists alone", () => {
    assert.deepEqual(joinLookups({ target: "a", targetLookup: { name: "b" } }), { target: ["a", { name: "b" }] });
    assert.deepEqual(joinLookups({ targetLookup: null, target: "a" }), { targetLookup: null, target: "a" });
    assert.deepEqual(splitLookups({ found: { id: "vm-1", name: "web" } }), { found: { id: "vm-1", name: "web" } });
  });

  it("names an input as the program does", () => {
    assert.equal(outsideName("target.name", { target: { name: "web" } }), "targetLookup.name");
    assert.equal(outsideName("target", { target: "web" }), "target");
    assert.equal(outsideName("limits.maxAge", {}), "limits.maxAge");
  });
});
