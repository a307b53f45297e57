import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What the guest is made of, besides the kernel and what these need. */
const PROGRAMS = ["qemu-guest-agent", "busybox-static"];

const FOLLOW = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((kind) => `--no-${kind}`);

/** Debian's packages of the guest, with all that they need. apt knows the versions. */
export async function packagesOfGuest(): Promise<string[]> {
  const kernel = (await names("linux-image-cloud-amd64")).filter((name) => /^linux-image-\d/.test(name));
  const programs = await names("--recurse", ...FOLLOW, ...PROGRAMS);
  return [...kernel, ...PROGRAMS, ...programs.filter((name) => /^(lib|zlib)/.test(name))].filter(
    (name, index, all) => all.indexOf(name) === index,
  );
}

async function names(...args: string[]): Promise<string[]> {
  const { stdout } = await run("apt-cache", ["depends", ...args]);
  return stdout.split("\n").flatMap((line) => /^(?:\s*\|?(?:Pre)?Depends: )?([a-z0-9][\w.+-]*)$/.exec(line)?.[1] ?? []);
}

/** Downloads packages and unpacks them into one tree. Nothing is installed, so that it needs no rights. */
export async function unpack(packages: string[], work: string): Promise<string> {
  const [downloads, tree] = [join(work, "downloads"), join(work, "tree")];
  for (const folder of [downloads, tree]) mkdirSync(folder, { recursive: true });
  await run("apt-get", ["download", ...packages], { cwd: downloads, timeout: 120_000 });
  for (const name of readdirSync(downloads)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", join(downloads, name), tree]);
  }
  return tree;
}
