import { join } from "node:path";
import { packageRoot } from "./package-root";

export type Face = "dynamic" | "plugin";

/** The plugin's executable, run by this Node. */
export const pluginCommand = [process.execPath, join(packageRoot(__dirname), "bin", "pulumi-resource-snapstate")];

/** A resource's type over a face: `Snapshot` is `snapstate:index:Snapshot` over the plugin. */
export function typeOver(face: Face, type: string): string {
  return face === "plugin" ? `snapstate:index:${type}` : `pulumi-nodejs:dynamic/snapstate:${type}`;
}

/** Whether a type is one of snapstate's, over either face. */
export function isOurs(type: string): boolean {
  return type.startsWith(typeOver("plugin", "")) || type.startsWith(typeOver("dynamic", ""));
}
