import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canary, leaksIn, repeated } from "./canary";

// The other tests of this folder rely on this: an existing leak is found.
describe("a canary", () => {
  const one = canary("password", `a&"<é/+%`);
  const other = canary("key");
  const all = [one, other];

  for (const [form, text] of [
    ["as it is", one.value],
    ["in JSON", JSON.stringify({ said: `no: ${one.value}` })],
    ["in a URL", `https://host/?p=${encodeURIComponent(one.value)}`],
    ["in a form", String(new URLSearchParams({ password: one.value }))],
    ["in XML", `<p>${one.value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`],
    ["in numbered entities", one.value.replace(/[^\w]/g, (sign) => `&#${sign.charCodeAt(0)};`)],
    ["in hexadecimal", Buffer.from(`x${one.value}x`).toString("hex").toUpperCase()],
    ...["", "u:", "us:", "user:"].map((before) => [
      `in base64 after ${JSON.stringify(before)}`,
      Buffer.from(`${before}${one.value} and more`).toString("base64url"),
    ]),
    ["in what a server repeats", repeated(one)],
  ] as [string, string][]) {
    it(`is found ${form}`, () => assert.deepEqual(leaksIn(`before ${text} after`, all), ["password"]));
  }

  it("is not found where it is not", () => {
    assert.deepEqual(leaksIn(JSON.stringify({ password: "[secret]", state: "x".repeat(1000) }), all), []);
  });
});
