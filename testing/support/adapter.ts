import { join } from "node:path";
import { packageRoot } from "./package-root";

export type Adapter = "dynamic" | "plugin";

/** The plugin's executable, run by this Node. */
export const pluginCommand = [process.execPath, join(packageRoot(__dirname), "bin", "pulumi-resource-snapstate")];

/** A resource's type over an adapter: `Snapshot` is `snapstate:index:Snapshot` over the plugin. */
export function typeOver(adapter: Adapter, type: string): string {
  return adapter === "plugin" ? `snapstate:index:${type}` : `pulumi-nodejs:dynamic/snapstate:${type}`;
}

/** Whether a type is one of snapstate's, over either adapter. */
export function isOurs(type: string): boolean {
  return type.startsWith(typeOver("plugin", "")) || type.startsWith(typeOver("dynamic", ""));
}
