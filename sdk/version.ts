import { packageVersion } from "../provider/core/package-root";

/** This package's version, by which the engine finds the plugin that goes with it. */
export const version: string = packageVersion();
