import { readFileSync } from "node:fs";
import { join } from "node:path";

/** This package's version, by which the engine finds the plugin that goes with it. */
export const version: string = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")).version;
