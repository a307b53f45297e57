import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);

/** Makes the bundle of the npm package, or that of Terraform's archives in a folder. @throws Error with the bundler's messages */
export function bundle(...folder: [] | [string]): void {
  const script = join(root, "testing", "package", "bundle.mjs");
  const made = spawnSync(process.execPath, [script, ...folder], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`the package's file was not made: ${made.stderr}`);
}

/** An archive in the output of `npm pack --json`. */
export interface Archive {
  filename: string;
  /** Size of the archive in bytes. */
  size: number;
  files: { path: string; size: number }[];
}

/** Packs the compiled files into a folder, without compiling again. */
export function pack(folder: string): Archive {
  bundle();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const packed = spawnSync(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
  return JSON.parse(packed.stdout)[0];
}

/**
 * Installs the archive in a project, with only what its package.json requires and what a program needs. The libraries
 * are linked from this checkout, so no registry is needed.
 *
 * @returns the folder of the installed package
 */
export function install(archive: Archive, folder: string): string {
  const modules = join(folder, "node_modules");
  const installed = join(modules, "snapstate");
  mkdirSync(installed, { recursive: true });
  const tar = spawnSync("tar", ["-xzf", join(folder, archive.filename), "--strip-components=1", "-C", installed]);
  if (tar.status !== 0) throw new Error(`tar failed: ${tar.stderr}`);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@pulumi/pulumi", "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: "a-project", private: true })}\n`);
  return installed;
}

/** Folders of the named packages and of all of their dependencies, as installed here. */
export function installedWith(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const folder = nearest(name, from);
    if (folder === undefined || found.has(folder)) return;
    found.add(folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const next of Object.keys(dependencies)) add(next, folder);
  };
  for (const name of names) add(name, root);
  return found;
}

/** Resolves a package as Node does. */
function nearest(name: string, from: string): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(from) === from ? undefined : nearest(name, dirname(from));
}
