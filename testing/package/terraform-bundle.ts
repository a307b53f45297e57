import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { packageRoot } from "../support/package-root";
import { bundle } from "./install";

/*
 * `npm run package:terraform` packages the provider for Terraform as a registry and a filesystem mirror need it. Each
 * archive has a small launcher, which needs Node, and the provider with all libraries in one file.
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

/** What an archive has besides its launcher and the bundle. */
const PROTOCOL = "provider/adapters/terraform";
const FILES = [
  ...["load.js", "compile-cache.js", "terraform.js"].map((file) => `entry/${file}`),
  ...["tfplugin6.proto", "plugin.proto"].map((file) => `${PROTOCOL}/${file}`),
  ...["package.json", "LICENSE"],
];

/** @returns the version, and the folder of a filesystem mirror. @param folder is replaced */
export function packageTerraform(
  folder: string,
  systems: readonly string[] = SYSTEMS,
): { version: string; mirror: string } {
  const root = packageRoot(__dirname);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  rmSync(folder, { recursive: true, force: true });
  const content = join(folder, "snapstate");
  bundle(join(content, "dist", "bundle"));
  for (const file of FILES) cpSync(join(root, file), join(content, file));

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
