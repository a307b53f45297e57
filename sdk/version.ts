import { packageVersion } from "../provider/core/package-root";

/** This package's version, for the engine to find the matching plugin. */
export const version: string = packageVersion();
