import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, packageVersion } from "../provider/core/package-root";

export const version = packageVersion;

/** A file of `cli/assets`, which is packaged uncompiled. */
export function asset(name: string): string {
  return readFileSync(join(packageRoot(), "cli", "assets", name), "utf8");
}
