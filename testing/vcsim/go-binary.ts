import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packageRoot } from "../support/package-root";
import { GoMissingError } from "./go-missing-error";

const HOUR = 3_600_000;
const SOURCES = join(packageRoot(__dirname), "testing", "vcsim");
const CACHE = join(packageRoot(__dirname), ".cache", "vcsim");
const suffix = process.platform === "win32" ? ".exe" : "";
let building: Promise<string> | undefined;

/**
 * The simulator's binary, built once for each version of its sources.
 *
 * @throws GoMissingError when it must be built and Go is not installed
 */
export function goBinary(): Promise<string> {
  building ??= findOrBuild().catch((error: unknown) => {
    building = undefined;
    throw error;
  });
  return building;
}

/** Whether the binary exists. */
export function isBuilt(): boolean {
  return existsSync(binaryIn(CACHE));
}

/** Whether the binary exists, or Go to build it. */
export function goBinaryOrGo(): Promise<boolean> {
  if (isBuilt()) return Promise.resolve(true);
  const go = spawn("go", ["version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    go.once("error", () => resolve(false));
    go.once("close", (code) => resolve(code === 0));
  });
}

/** Like `goBinary` with a separate cache, and without remembering the result. */
export async function findOrBuild(cache = CACHE): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const binary = binaryIn(cache);
  const lock = `${binary}.lock`;
  while (!existsSync(binary)) {
    if (!take(lock)) {
      await sleep(200);
      continue;
    }
    try {
      if (!existsSync(binary)) await build(SOURCES, binary);
    } finally {
      rmSync(lock, { force: true });
    }
    prune(cache, binary);
  }
  return binary;
}

function binaryIn(cache: string): string {
  return join(cache, `vcsim-${hashOf(SOURCES)}${suffix}`);
}

function hashOf(sources: string): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" }).sort()) {
    if (!/\.go$|^go\.(mod|sum)$/.test(file) || file.endsWith("_test.go")) continue;
    hash.update(`\0${file}\0`).update(readFileSync(join(sources, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Takes the lock, even of a process that died with it. */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    if (owner > 0) process.kill(owner, 0);
  } catch (error) {
    if (isCode(error, "ESRCH")) rmSync(lock, { force: true });
  }
  return false;
}

async function build(sources: string, binary: string): Promise<void> {
  const unfinished = `${binary}.${process.pid}.tmp`;
  const go = spawn("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", unfinished, "."], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  go.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    go.once("error", (error) => reject(isCode(error, "ENOENT") ? new GoMissingError() : error));
    go.once("close", resolve);
  });
  if (code !== 0) throw new Error(`go build of the vCenter simulator failed:\n${said.trim()}`);
  renameSync(unfinished, binary);
}

/** Removes binaries of other versions of the sources, except recent ones, which another process may be starting. */
function prune(cache: string, keep: string): void {
  for (const file of readdirSync(cache)) {
    const path = join(cache, file);
    try {
      if (path !== keep && Date.now() - statSync(path).mtimeMs > HOUR) rmSync(path, { force: true });
    } catch {
      // Another process has removed it, or runs it on a system that does not allow the removal.
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
