import { join } from "node:path";
import { dynamicTypeOf, tokenOf } from "../../provider/adapters/plugin/tokens";
import { packageRoot } from "./package-root";

export type Adapter = "dynamic" | "plugin";

/** Command line of the plugin's executable with this Node. */
export const pluginCommand = [process.execPath, join(packageRoot(__dirname), "bin", "pulumi-resource-snapstate")];

/** A resource's type in an adapter: `Snapshot` is `snapstate:index:Snapshot` in the plugin. */
export function typeOver(adapter: Adapter, type: string): string {
  return adapter === "plugin" ? tokenOf(type) : dynamicTypeOf(type);
}

/** Whether a type is one of snapstate's, in either adapter. */
export function isOurs(type: string): boolean {
  return type.startsWith("snapstate:") || type.startsWith(dynamicTypeOf(""));
}
