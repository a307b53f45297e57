import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Packages of the guest, besides the kernel and dependencies. */
const PROGRAMS = ["qemu-guest-agent", "busybox-static"];

const FOLLOW = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((kind) => `--no-${kind}`);

/** Downloads the guest's packages and unpacks them into one tree. Nothing is installed, so no privileges are needed. */
export async function unpackGuest(work: string): Promise<string> {
  const [downloads, tree] = [join(work, "downloads"), join(work, "tree")];
  for (const folder of [downloads, tree]) mkdirSync(folder, { recursive: true });
  const options = await knownPackages(work);
  const packages = await packagesOfGuest(options);
  await run("apt-get", [...options, "download", ...packages], { cwd: downloads, timeout: 120_000 });
  for (const name of readdirSync(downloads)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", join(downloads, name), tree]);
  }
  return tree;
}

/**
 * Options with which apt finds the packages: none, or separate lists where this machine's were removed, as in
 * containers.
 */
async function knownPackages(work: string): Promise<string[]> {
  if ((await names([], "linux-image-cloud-amd64").catch(() => [])).length > 0) return [];
  const [lists, cache] = [join(work, "lists"), join(work, "cache")];
  for (const folder of [join(lists, "partial"), join(cache, "archives", "partial")])
    mkdirSync(folder, { recursive: true });
  const settings = [`Dir::State::Lists=${lists}/`, `Dir::Cache=${cache}/`, "APT::Sandbox::User=root"];
  const options = settings.flatMap((setting) => ["-o", setting]);
  await run("apt-get", [...options, "update", "-q"], { timeout: 120_000 });
  return options;
}

/** Debian's packages of the guest with all dependencies. apt chooses the versions. */
async function packagesOfGuest(options: string[]): Promise<string[]> {
  const kernel = (await names(options, "linux-image-cloud-amd64")).filter((name) => /^linux-image-\d/.test(name));
  const programs = await names(options, "--recurse", ...FOLLOW, ...PROGRAMS);
  return [...new Set([...kernel, ...PROGRAMS, ...programs.filter((name) => /^(lib|zlib)/.test(name))])];
}

async function names(options: string[], ...args: string[]): Promise<string[]> {
  const { stdout } = await run("apt-cache", [...options, "depends", ...args]);
  return stdout.split("\n").flatMap((line) => /^(?:\s*\|?(?:Pre)?Depends: )?([a-z0-9][\w.+-]*)$/.exec(line)?.[1] ?? []);
}
