import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The root of the installed package, seen from `dist/cli`. */
const root = join(__dirname, "..", "..");

export function version(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

/** A file of `cli/assets`, which is delivered as it is and not compiled. */
export function asset(name: string): string {
  return readFileSync(join(root, "cli", "assets", name), "utf8");
}
