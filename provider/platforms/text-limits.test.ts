import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MARKER_ROOM } from "./ownership";
import { fitName, type TextLimit, textProblem } from "./text-limits";

const strict: TextLimit = {
  max: 40,
  character: /[A-Za-z0-9_-]/,
  first: /[A-Za-z]/,
  rule: "letters, digits, - and _, a letter first",
};

describe("limits of texts", () => {
  it("count in characters or in bytes, and say what the platform takes", () => {
    assert.equal(textProblem({ max: 3 }, "abc"), undefined);
    assert.equal(textProblem({ max: 3 }, "abcd"), "has 4 characters, and the platform takes 3");
    assert.equal(textProblem({ max: 3, unit: "bytes" }, "äb"), undefined);
    assert.match(textProblem({ max: 3, unit: "bytes" }, "äöü") ?? "", /6 bytes/);
    assert.match(textProblem(strict, "a.b") ?? "", /has "\.", and the platform takes letters/);
    assert.match(textProblem(strict, "1a") ?? "", /has "1".*a letter first/);
    assert.equal(textProblem(strict, "a1"), undefined);
  });

  it("leave room for a marker", () => {
    assert.equal(` [snapstate:${"a".repeat(26)}]`.length, MARKER_ROOM);
  });

  it("are kept by generated names, whose suffix stays whole", () => {
    const name = fitName(strict, "1.web.example.com-and-much-more-than-that", "-20260601T000000Z", "m");
    assert.equal(textProblem(strict, name), undefined);
    assert.match(name, /^s1-web-example-com.*-20260601T000000Z$/);
    assert.equal(name.length, 40);
    const bytes: TextLimit = { max: 12, unit: "bytes" };
    assert.equal(fitName(bytes, "ääääääää", "-xyz", "m"), "ääää-xyz");
    assert.equal(fitName(undefined, "web", "-x", "m"), "web-x");
    assert.equal(fitName({ unique: true }, "web", "-x", "abcdefgh"), "web-x-abcde");
  });
});
