import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../support/package-root";

/** Phrases that are hard to understand, and their replacements. */
const PHRASES: readonly [RegExp, string][] = [
  [/\b(nobody|somebody|whoever|anybody)\b/i, "name the client, user or process; or use the passive"],
  [/\bwhat one would\b|\bone would want\b/i, "say what it is"],
  [/\btells of\b|\btold of\b/i, "reports, shows"],
  [/\b(stands?|what is) in the way\b/i, "blocks"],
  [/\b(put right|put back|taken up|to be had|thereby|anew|afresh|befall)\b/i, "correct, revert, resume, available"],
  [/\bhas no say\b|\bis held to\b|\bgives? up for good\b/i, "has no effect, is checked against, stops"],
  [/\bpositive word\b|\bon .{1,20} own word\b/i, "explicit answer"],
  [/\b(travel|come|go) together\b/i, "are batched"],
  [/\ban? \w+ of (its|their|our) own\b/i, "a separate, its own"],
  [/\bdid not answer well\b|\bended well\b/i, "failed, succeeded"],
  [/\bwhat \w+ (is|was) asked for\b|\bwas asked for and\b/i, "requested"],
  [/\bLeave \w+ out\b|\bLeave it out\b/i, "Omit"],
];

/** Former names, which must not return. */
const NAMES =
  /\b(bringAbout|mayGoOn|foresee|onlyGone|plainWords|removeKnown|throwIfOver|goWrong|letGo|inTheWay|WorkOnGuests|AtWork|StuckSnapshots)\b/;

const FOLDERS = ["provider", "sdk", "cli", "policy"];
const root = packageRoot(__dirname);

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|js|eta)$/.test(file) && !file.endsWith(".test.ts"))
      .map((file) => join(folder, file)),
  );
}

describe("words", () => {
  for (const [pattern, instead] of [...PHRASES, [NAMES, "the present name"] as const]) {
    it(`no ${pattern.source}: ${instead}`, () => {
      const found = sources().flatMap((file) => {
        const text = readFileSync(join(root, file), "utf8").replace(/\s*\n\s*(\*|\/\/)?\s*/g, " ");
        const match = pattern.exec(text);
        return match ? [`${file}: …${text.slice(Math.max(0, match.index - 40), match.index + 60)}…`] : [];
      });
      assert.deepEqual(found, []);
    });
  }
});
