import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { keepEnvironmentOutOfReports, redact, rememberSecret, SnapstateError } from ".";

const SECRET = `k9 &"<'é/+%(hidden)`;

/** A server's error as some library throws it: with the answer in a field of its own. */
class Foreign extends Error {
  readonly body = { said: [SECRET] };
}

describe("redact", () => {
  rememberSecret(SECRET);

  const base64 = (before: string) => Buffer.from(`${before}${SECRET}:end`).toString("base64");
  for (const [form, text] of [
    ["raw", SECRET],
    ["JSON", JSON.stringify(SECRET)],
    ["JSON in ASCII", `k9 \\u0026\\"\\u003c\\u0027\\u00e9/+%(hidden)`],
    ["a URL", encodeURIComponent(SECRET)],
    ["a URL, every sign", "k9%20%26%22%3C%27%C3%A9%2F%2B%25%28hidden%29"],
    ["a URL in small letters", encodeURIComponent(SECRET).replace(/%../g, (sign) => sign.toLowerCase())],
    ["a form", String(new URLSearchParams({ field: SECRET }))],
    ["XML's text", "k9 &amp;\"&lt;'é/+%(hidden)"],
    ["XML's attribute", "k9 &amp;&quot;&lt;&apos;é/+%(hidden)"],
    ["XML that leaves apostrophes alone", "k9 &amp;&quot;&lt;'é/+%(hidden)"],
    ["XML with numbers", "k9&#32;&#x26;&#34;&#060;&#X27;&#xe9;/+%(hidden)"],
    ["JSON that escapes strokes", `k9 &\\"<'é\\/+%(hidden)`],
    ["several writers, one after the other,", `k9+%26\\u0022&lt;'%c3%A9%2F+%25(hidden)`],
    ["HTML", "k9 &amp;&quot;&lt;&#39;é/+%(hidden)"],
  ] as const) {
    it(`takes out a secret as ${form} writes it`, () => {
      const clean = redact(`before ${text} after`);
      assert.match(clean, /^before .*\[secret\].* after$/);
      assert.doesNotMatch(clean, /hidden/);
    });
  }

  it("redacts a secret inside the base64 of a longer text, at any alignment", () => {
    for (const before of ["", "a", "ab", "user:"]) {
      for (const text of [base64(before), Buffer.from(before + SECRET).toString("base64url")]) {
        const clean = redact(`Basic ${text}`);
        assert.match(clean, /\[secret\]/);
        const rest = clean.slice(6).split("[secret]").join("");
        assert.doesNotMatch(Buffer.from(rest, "base64").toString("latin1"), /hidden|k9/, before);
      }
    }
  });

  it("leaves no remainder of a secret that begins with another secret", () => {
    rememberSecret("first-part");
    rememberSecret("first-part-and-more");
    assert.equal(redact("a first-part-and-more b first-part c"), "a [secret] b [secret] c");
  });

  it("ignores secrets too short to be told from ordinary words", () => {
    rememberSecret("a");
    rememberSecret("abc");
    assert.equal(redact("abc a"), "abc a");
  });
});

describe("an error", () => {
  it("has no secret in its message, its fields, its stack, its causes, or what is printed of it", () => {
    const foreign = new Foreign(`a server said ${SECRET}`, { cause: new Error(encodeURIComponent(SECRET)) });
    const error = new SnapstateError({
      kind: "protocol",
      operation: `read with ${SECRET}`,
      detail: `refused ${SECRET}`,
      hint: `not ${SECRET}`,
      code: SECRET,
      requestId: `r-${SECRET}`,
      taskId: SECRET,
      cause: foreign,
    });
    for (const one of [error, error.during("more")]) {
      const shown = [
        inspect(one, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
        JSON.stringify(one),
        JSON.stringify(one, Object.getOwnPropertyNames(one)),
        String(one.stack),
      ].join("\n");
      assert.doesNotMatch(shown, /hidden/);
    }
    assert.ok(error.cause instanceof Error);
    assert.equal(error.cause.message, "a server said [secret]");
    assert.match(error.cause.stack ?? "", /redact\.test/);
  });

  it("keeps a SnapstateError as a cause unchanged", () => {
    const inner = new SnapstateError({ kind: "auth", operation: "log in" });
    assert.equal(new SnapstateError({ kind: "protocol", operation: "read", cause: inner }).cause, inner);
  });

  it("terminates when causes form a cycle", () => {
    const one = new Error("one");
    one.cause = new Error("two", { cause: one });
    assert.match(inspect(new SnapstateError({ kind: "protocol", operation: "x", cause: one })), /two/);
  });
});

describe("a diagnostic report", () => {
  it("is made without the environment, where Node can leave it out", () => {
    const able = { excludeEnv: false };
    keepEnvironmentOutOfReports(able);
    assert.equal(able.excludeEnv, true);
    const old = {};
    keepEnvironmentOutOfReports(old);
    assert.deepEqual(old, {});
  });
});
