import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);
const read = (path: string) => readFileSync(join(root, path), "utf8");
const decisions = readdirSync(join(root, "docs/decisions")).sort();

describe("ARCHITECTURE.md", () => {
  const text = read("ARCHITECTURE.md");

  it("has at most 200 lines", () => {
    assert.ok(text.trimEnd().split("\n").length <= 200);
  });

  it("names only paths that exist", () => {
    const named = pathsIn(text);
    assert.ok(named.length > 60, `${named.length} paths`);
    assert.deepEqual(missing(named), []);
  });

  it("names only files that are in the folders of their row", () => {
    for (const row of text.split("\n").filter((line) => line.startsWith("| `"))) {
      const folders = pathsIn(row).filter((path) => path.endsWith("/"));
      for (const [, file = ""] of row.matchAll(/`([\w-]+\.ts)`/g)) {
        assert.ok(
          folders.some((folder) => existsSync(join(root, folder, file))),
          `${file} is not in ${folders.join(" or ")}`,
        );
      }
    }
  });

  it("has every folder of the provider on its map", () => {
    const named = new Set(pathsIn(text).map((path) => path.replace(/\/$/, "")));
    const folders = subfolders("provider").flatMap((folder) => [folder, ...subfolders(folder)]);
    const onlyBelow = ["provider/adapters", "provider/core", "provider/resources"];
    assert.deepEqual(
      folders.filter((folder) => !named.has(folder) && !onlyBelow.includes(folder)),
      [],
    );
  });

  it("names the tests of every invariant", () => {
    const [, section = ""] = text.split("\n## Invariants\n");
    const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| **"));
    assert.equal(rows.length, 12);
    for (const row of rows) {
      assert.ok(
        pathsIn(row).some((path) => /(test|driver-contract)\.ts$/.test(path)),
        row,
      );
    }
  });
});

describe("the decisions", () => {
  it("are numbered without gaps, each with its reason in three parts", () => {
    decisions.forEach((file, index) => {
      const text = read(`docs/decisions/${file}`);
      assert.match(file, new RegExp(`^${String(index + 1).padStart(4, "0")}-[a-z0-9-]+\\.md$`));
      assert.match(text, new RegExp(`^# ${index + 1}\\. `));
      assert.deepEqual(
        [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
        ["Context", "Decision", "Consequence"],
      );
      assert.ok(text.split("\n").length <= 31, `${file} is too long`);
    });
  });

  for (const file of decisions) {
    it(`${basename(file, ".md")} names only paths that exist`, () => {
      assert.deepEqual(missing(pathsIn(read(`docs/decisions/${file}`))), []);
    });
  }
});

/** Paths in backticks: they begin with an entry of the repository's root and have a slash or a known extension. */
function pathsIn(text: string): string[] {
  const entries = new Set(readdirSync(root));
  return [...text.matchAll(/`([\w./-]+)`/g)]
    .map(([, word = ""]) => word)
    .filter((word) => (word.includes("/") ? entries.has(word.split("/")[0] ?? "") : entries.has(word)));
}

function missing(paths: string[]): string[] {
  return paths.filter((path) => !existsSync(join(root, path)));
}

function subfolders(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}
