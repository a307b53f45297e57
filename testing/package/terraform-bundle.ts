import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { packageRoot } from "../support/package-root";
import { bundle } from "./install";

/*
 * `npm run package:terraform` packages the provider for Terraform as a registry and a filesystem mirror need it. Each
 * archive holds a small launcher, which needs Node, and the npm package's bundle with its libraries.
 */

const HOST = "registry.opentofu.org/snapstate/snapstate";
const SYSTEMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** This machine's system, as a registry names it. */
export function thisSystem(): string {
  return `${process.platform === "win32" ? "windows" : process.platform}_${process.arch === "arm64" ? "arm64" : "amd64"}`;
}

const LAUNCHER = `#!/bin/sh
root=$(dirname "$0")
if ! command -v node >/dev/null; then
  echo "snapstate's provider is a Node program, and there is no node on the PATH. Install Node 20.9 or newer." >&2
  exit 1
fi
exec node "$root/snapstate/entry/terraform.js"
`;
const WINDOWS_LAUNCHER = `@echo off\r\nnode "%~dp0snapstate\\entry\\terraform.js"\r\n`;

/** Not needed by the provider. */
const UNUSED =
  /\.(map|d\.ts|d\.mts|d\.cts|tsbuildinfo|test\.js)$|[/\\](?!licen[cs]e)[^/\\]*\.md$|[/\\](tests?|docs|examples|\.github)[/\\]/i;

/** @returns the version, and the folder of a filesystem mirror. @param folder is replaced */
export function packageTerraform(
  folder: string,
  systems: readonly string[] = SYSTEMS,
): { version: string; mirror: string } {
  const root = packageRoot(__dirname);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  rmSync(folder, { recursive: true, force: true });
  bundle();
  const content = join(folder, "snapstate");
  copy(join(root, "dist", "bundle"), join(content, "dist", "bundle"));
  for (const file of ["load.js", "terraform.js"]) copy(join(root, "entry", file), join(content, "entry", file));
  const protocol = join("provider", "adapters", "terraform");
  for (const file of ["tfplugin6.proto", "plugin.proto"])
    copy(join(root, protocol, file), join(content, protocol, file));
  copy(join(root, "package.json"), join(content, "package.json"));
  copy(join(root, "LICENSE"), join(content, "LICENSE"));
  for (const name of libraries(root)) copy(join(root, "node_modules", name), join(content, "node_modules", name));

  const sums: string[] = [];
  for (const system of systems) {
    const windows = system.startsWith("windows");
    const executable = `terraform-provider-snapstate_v${version}${windows ? ".cmd" : ""}`;
    const launcher = windows ? WINDOWS_LAUNCHER : LAUNCHER;
    const mirrored = join(folder, "mirror", HOST, version, system);
    mkdirSync(mirrored, { recursive: true });
    writeFileSync(join(mirrored, executable), launcher, { mode: 0o755 });
    cpSync(content, join(mirrored, "snapstate"), { recursive: true });
    const name = `terraform-provider-snapstate_${version}_${system}.zip`;
    const zip = zipSync({
      ...filesOf(mirrored, ""),
      [executable]: [Buffer.from(launcher), { os: 3, attrs: 0o755 << 16 }],
    });
    writeFileSync(join(folder, name), zip);
    sums.push(`${createHash("sha256").update(zip).digest("hex")}  ${name}\n`);
  }
  const manifest = `terraform-provider-snapstate_${version}_manifest.json`;
  writeFileSync(
    join(folder, manifest),
    `${JSON.stringify({ version: 1, metadata: { protocol_versions: ["6.0"] } }, undefined, 2)}\n`,
  );
  writeFileSync(join(folder, `terraform-provider-snapstate_${version}_SHA256SUMS`), sums.join(""));
  rmSync(content, { recursive: true });
  return { version, mirror: join(folder, "mirror") };
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, dereference: true, filter: (file) => !UNUSED.test(file.slice(from.length)) });
}

/** The package's dependencies and theirs, as installed here. */
function libraries(root: string): Set<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    if (found.has(name)) return;
    const facts = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    found.add(name);
    for (const next of Object.keys(facts.dependencies ?? {})) add(next);
  };
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) add(name);
  return found;
}

function filesOf(folder: string, below: string): Zippable {
  return Object.fromEntries(
    readdirSync(join(folder, below)).flatMap((name) => {
      const path = below === "" ? name : `${below}/${name}`;
      const full = join(folder, path);
      return statSync(full).isDirectory() ? Object.entries(filesOf(folder, path)) : [[path, readFileSync(full)]];
    }),
  );
}

if (require.main === module) {
  const folder = join(packageRoot(__dirname), "build", "terraform");
  const { version, mirror } = packageTerraform(folder);
  process.stdout.write(`snapstate ${version} for Terraform: ${folder}\nA filesystem mirror: ${mirror}\n`);
}
