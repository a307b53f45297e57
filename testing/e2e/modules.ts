import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);

/** Links snapstate into the project's node_modules, as `npm install` would. */
export function linkModules(project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  symlinkSync(root, join(modules, "snapstate"), "junction");
  symlinkSync(realpathSync(join(root, "node_modules", "@pulumi")), join(modules, "@pulumi"), "junction");
}
