import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSnapstateError } from "../errors";
import { markedName, splitMarkedName } from "./marked-name";

const marker = `[snapstate:${"a2".repeat(13)}]`;

describe("name and marker in one text", () => {
  it("come apart as they went in, whatever the name", () => {
    const name = fc.string({ unit: "binary", maxLength: 300 }).filter((text) => splitMarkedName(text).name === text);
    fc.assert(
      fc.property(name, fc.constantFrom("", marker), (text, description) => {
        assert.deepEqual(splitMarkedName(markedName(text, description, 400, "x")), { name: text, description });
      }),
    );
  });

  it("take a name that holds another's marker for what it is: the last one counts", () => {
    assert.deepEqual(splitMarkedName(`a ${marker} ${marker}`), { name: `a ${marker}`, description: marker });
  });

  it("refuse what would be lost", () => {
    const refused = (kind: "unsupported" | "bad-input") => (error: unknown) => isSnapstateError(error, kind);
    assert.throws(() => markedName("a", `words\n\n${marker}`, 255, "x"), refused("unsupported"));
    assert.equal(markedName("a".repeat(216), marker, 255, "x").length, 255);
    assert.throws(() => markedName("a".repeat(217), marker, 255, "x"), /217 characters, and the platform takes 216/);
  });
});
