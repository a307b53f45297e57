import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The checkout's root, found from compiled code as well as from source. */
export function packageRoot(from: string = __dirname): string {
  const file = join(from, "package.json");
  if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "snapstate") return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("not inside a checkout of snapstate");
  return packageRoot(parent);
}
