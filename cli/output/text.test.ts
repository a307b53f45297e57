import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pattern } from "../fleet";
import { due, safe, span } from "./text";

describe("texts for people", () => {
  it("tell lengths of time", () => {
    const hour = 3600;
    const told: [number, string][] = [
      [0, "0s"],
      [59.9, "59s"],
      [60, "1m"],
      [hour, "1h"],
      [hour * 5 + 600, "5h 10m"],
      [hour * 24, "1d"],
      [hour * 76, "3d 4h"],
      [hour * 24 * 10 + hour, "10d"],
    ];
    for (const [seconds, text] of told) assert.equal(span(seconds), text);
  });

  it("tell when something is due", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    assert.deepEqual(
      [undefined, "2026-01-01T02:00:00Z", "2025-12-31T23:59:00Z", "2026-01-01T00:00:00Z"].map((time) => due(time, now)),
      ["", "in 2h", "1m ago", "0s ago"],
    );
  });

  it("act on no terminal and hide nothing", () => {
    assert.equal(safe("a\u001b[2J\r\u009b31m\u200bb\u202e"), "a\\x1b[2J\\x0d\\x9b31m\\u200bb\\u202e");
    assert.equal(safe("Zürich 日本 😀 👩‍🚀"), "Zürich 日本 😀 👩\\u200d🚀");
  });

  it("match patterns of a shell and nothing else", () => {
    assert.ok(pattern("/DC0/*/web-?").test("/DC0/vm/prod/web-1"));
    assert.ok(!pattern("web").test("web-1"));
    assert.ok(!pattern("a.c").test("abc"));
    assert.ok(pattern("[x]").test("[X]"));
  });
});
