import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import { packageRoot } from "../support/package-root";

export type EngineName = "pulumi" | "pulumi-yaml" | "opentofu";

export interface Engine {
  /** Path of the executable. */
  path: string;
  version: string;
  from: "PATH" | "cache" | "Go";
}

interface Recipe {
  title: string;
  executable: string;
  /** The Go package to build; its module's version is in the go.mod of the engine's folder. */
  command: string;
  module: string;
  /** The variable to set to the version, for an engine that would not know it otherwise. */
  stamp?: string;
  /**
   * The oldest version that is accepted from the PATH, within the same major version. Without it any is accepted, since
   * it cannot report its version.
   */
  oldest?: string;
  /** Message before a build. */
  takes: string;
}

const RECIPES: Record<EngineName, Recipe> = {
  pulumi: {
    title: "the Pulumi CLI",
    executable: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    module: "github.com/pulumi/pulumi/pkg/v3",
    stamp: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
    // Error hooks and a refresh before an update need support by the engine.
    oldest: "3.230.0",
    takes: "about 6 minutes on 2 cores",
  },
  "pulumi-yaml": {
    title: "Pulumi's language host for YAML",
    executable: "pulumi-language-yaml",
    command: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    module: "github.com/pulumi/pulumi-yaml",
    stamp: "github.com/pulumi/pulumi-yaml/pkg/version.Version",
    takes: "about 2 minutes on 2 cores",
  },
  opentofu: {
    title: "OpenTofu",
    executable: "tofu",
    command: "github.com/opentofu/opentofu/cmd/tofu",
    module: "github.com/opentofu/opentofu",
    oldest: "1.12.0",
    takes: "about 4 minutes on 2 cores",
  },
};

/** The first version that moves a state from another provider. */
const OLDEST_TERRAFORM = "1.8.0";

export const ENGINES = Object.keys(RECIPES) as EngineName[];

/** The engine is not installed, and there is no Go to build it. */
export class EngineMissingError extends Error {
  override readonly name = "EngineMissingError";
}

export interface Place {
  /** @default that of this process */
  path?: string;
  /** @default `.cache/engines` of this checkout */
  cache?: string;
  /** Receives messages while the user waits. @default standard error */
  say?(line: string): void;
}

/** An engine from the PATH, or one that was built before. Builds nothing. */
export async function findEngine(name: EngineName, place: Place = {}): Promise<Engine | undefined> {
  return onPath(RECIPES[name], place.path) ?? inCache(name, place);
}

/**
 * An engine, built with Go if necessary.
 *
 * @throws EngineMissingError when it has to be built and there is no Go.
 */
export async function getEngine(name: EngineName, place: Place = {}): Promise<Engine> {
  return (await findEngine(name, place)) ?? (await build(name, place));
}

/** HashiCorp's Terraform, tested where it is installed. It is not open source, so it is not built here. */
export function installedTerraform(): string | undefined {
  return onPath({ executable: "terraform", oldest: OLDEST_TERRAFORM })?.path;
}

function onPath(
  { executable, oldest }: Pick<Recipe, "executable" | "oldest">,
  path = process.env.PATH ?? "",
): Engine | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, executable + SUFFIX);
    if (folder === "" || !existsSync(file)) continue;
    if (oldest === undefined) return { path: file, version: "of unknown version", from: "PATH" };
    const version = versionOf(file);
    if (version !== undefined && fits(version, oldest)) return { path: file, version, from: "PATH" };
  }
  return undefined;
}

function inCache(name: EngineName, place: Place): Engine | undefined {
  const version = versionIn(name);
  const path = cached(name, version, place);
  return existsSync(path) ? { path, version, from: "cache" } : undefined;
}

async function build(name: EngineName, place: Place): Promise<Engine> {
  const say = place.say ?? ((line) => void process.stderr.write(`${line}\n`));
  const { title, takes } = RECIPES[name];
  const version = versionIn(name);
  const path = cached(name, version, place);
  mkdirSync(dirname(path), { recursive: true });
  // Two test files that need the same engine are two processes; the second waits for the first.
  const unlock = await lock(dirname(path), { stale: 30_000, retries: { retries: 1800, factor: 1, minTimeout: 1000 } });
  try {
    const other = inCache(name, place);
    if (other) return other;
    const began = Date.now();
    say(`Building ${title} ${version} with Go: ${takes}, once on this machine. It is kept in ${dirname(path)}.`);
    await goBuild(name, version, path);
    say(`Built ${title} ${version} in ${Math.round((Date.now() - began) / 1000)} s.`);
    return { path, version, from: "Go" };
  } finally {
    await unlock();
  }
}

async function goBuild(name: EngineName, version: string, path: string): Promise<void> {
  const { title, command, stamp } = RECIPES[name];
  const unfinished = `${path}.${process.pid}.tmp`;
  const flags = stamp === undefined ? "-s -w" : `-s -w -X ${stamp}=v${version}`;
  const go = spawn("go", ["build", "-buildvcs=false", "-ldflags", flags, "-o", unfinished, command], {
    cwd: sourceOf(name),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  go.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    go.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") return reject(error);
      const remedy = "Install it, or Go 1.24 or newer (https://go.dev/dl) to have it built here.";
      reject(new EngineMissingError(`${title} is not on the PATH, and neither is \`go\`. ${remedy}`));
    });
    go.once("close", resolve);
  });
  if (code !== 0) throw new Error(`go build of ${title} ${version} failed:\n${errors.trim().slice(-4000)}`);
  renameSync(unfinished, path);
}

const SUFFIX = process.platform === "win32" ? ".exe" : "";

function cached(name: EngineName, version: string, place: Place): string {
  const cache = place.cache ?? join(packageRoot(__dirname), ".cache", "engines");
  return join(cache, `${name}-${version}`, RECIPES[name].executable + SUFFIX);
}

function sourceOf(name: EngineName): string {
  return join(packageRoot(__dirname), "testing", "engines", name);
}

/** The version in the go.mod. */
function versionIn(name: EngineName): string {
  const { module } = RECIPES[name];
  const text = readFileSync(join(sourceOf(name), "go.mod"), "utf8");
  const version = new RegExp(`^\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m").exec(text)?.[1];
  if (version === undefined) throw new Error(`${join(sourceOf(name), "go.mod")} does not require ${module}`);
  return version;
}

function versionOf(file: string): string | undefined {
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", CHECKPOINT_DISABLE: "1" };
    const stdout = execFileSync(file, ["version"], {
      env,
      timeout: 20_000,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /\bv?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    // An executable that does not start does not count.
    return undefined;
  }
}

function fits(version: string, oldest: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [oldMajor = 0, oldMinor = 0, oldPatch = 0] = oldest.split(".").map(Number);
  return major === oldMajor && (minor > oldMinor || (minor === oldMinor && patch >= oldPatch));
}

/**
 * What a CLI built from its module lacks, compared with an installed one: a language host for Node, and the random
 * provider.
 */
export const companions = join(packageRoot(__dirname), "testing", "engines", "companions");
