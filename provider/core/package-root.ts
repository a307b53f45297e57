import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder of this package's package.json, above the caller's file: compiled files and the npm package's single file
 * are at different depths.
 *
 * @throws Error outside of the package
 */
export function packageRoot(from: string = __dirname): string {
  const file = join(from, "package.json");
  if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "snapstate") return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("the file package.json of snapstate was not found: install the package again");
  return packageRoot(parent);
}

/** This package's version. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")).version;
}
