import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderDocs } from "./render";

/* Writes docs/terraform: `npm run docs:terraform`. */

const root = join(__dirname, "..", "..", "..", "..", "..");
const folder = join(root, "docs", "terraform");

rmSync(folder, { recursive: true, force: true });
const pages = renderDocs((file) => readFileSync(join(root, "examples", "terraform", "pages", file), "utf8"));
for (const [path, text] of pages) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
process.stdout.write(`docs/terraform: ${pages.size} pages\n`);
