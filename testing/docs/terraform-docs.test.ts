import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { renderDocs } from "../../provider/adapters/terraform/docs/render";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);
const folder = join(root, "docs", "terraform");

describe("docs/terraform", () => {
  const pages = renderDocs((file) => readFileSync(join(root, "examples", "terraform", "pages", file), "utf8"));

  it("is what `npm run docs:terraform` writes", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
    assert.deepEqual(files.map((file) => file.replaceAll("\\", "/")).sort(), [...pages.keys()].sort());
    for (const [path, text] of pages) assert.equal(readFileSync(join(folder, path), "utf8"), text, path);
  });

  it("names attributes as Terraform does", () => {
    for (const [path, text] of pages) {
      assert.doesNotMatch(text, /`[a-z]+(At|Id|Name|Timeout|Existing|Children|Depth|Age)`|exactly one of/, path);
    }
  });
});
