import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packageRoot } from "../../support/package-root";
import { cpio, type Entry } from "./cpio";
import { unpackGuest } from "./packages";

/** A Linux guest that boots in seconds, with a guest agent and a disk mounted on /data. */
export interface LinuxGuest {
  kernel: string;
  initrd: string;
}

/** Drivers of the guest's devices, in loading order. ext4 is built into the kernel. */
const MODULES = [
  ...["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci"],
  ...["virtio_blk", "virtio_console"],
];

const root = packageRoot(__dirname);
const initFile = join(root, "testing", "qemu", "linux-guest", "init.sh");

/**
 * Builds the guest from Debian's packages, or returns the one in `.cache`.
 *
 * @returns why it is unavailable, as the reason to skip tests
 */
export async function linuxGuest(): Promise<LinuxGuest | string> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return "the Linux guest is built on Debian for x86-64 only";
  try {
    return await cached();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no apt here" : message.trim().split("\n").slice(0, 3).join(" ");
    return `the Linux guest's packages cannot be had from Debian: ${why}`;
  }
}

async function cached(): Promise<LinuxGuest> {
  const made = ["init.sh", "build.js", "packages.js"].map((name) =>
    readFileSync(name === "init.sh" ? initFile : join(__dirname, name)),
  );
  const word = createHash("sha256").update(Buffer.concat(made)).digest("hex").slice(0, 16);
  const cache = join(root, ".cache", "linux-guest");
  const folder = join(cache, word);
  const guest = { kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd.gz") };
  if (existsSync(folder)) return guest;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "making-"));
  try {
    const tree = await unpackGuest(work);
    const done = join(work, "done");
    mkdirSync(done);
    writeFileSync(join(done, "vmlinuz"), readFileSync(kernelOf(tree)));
    writeFileSync(join(done, "initrd.gz"), gzipSync(cpio(entriesFrom(tree)), { level: 1 }));
    // Renamed at the end: several tests may build it at once, and the first one wins.
    if (!existsSync(folder)) renameSync(done, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return guest;
}

function kernelOf(tree: string): string {
  const name = readdirSync(join(tree, "boot")).find((file) => file.startsWith("vmlinuz-"));
  if (name === undefined) throw new Error("the kernel's package has no kernel");
  return join(tree, "boot", name);
}

function entriesFrom(tree: string): Entry[] {
  const all = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    // `path` before Node 20.12, `parentPath` since.
    .map((entry) => join(entry.parentPath ?? (entry as { path: string }).path, entry.name));
  const only = (name: string) => {
    const found = all.find((path) => basename(path) === name || basename(path) === `${name}.ko`);
    if (found === undefined) throw new Error(`the packages have no ${name}`);
    return readFileSync(found);
  };
  const program = (path: string, name = basename(path)): Entry => {
    return { path, kind: "file", content: only(name), executable: true };
  };
  return [
    ...["bin", "modules", "lib", "lib64"].map((path): Entry => ({ path, kind: "folder" })),
    { path: "init", kind: "file", content: readFileSync(initFile), executable: true },
    ...["bin/busybox", "bin/qemu-ga"].map((path) => program(path)),
    ...MODULES.map((name): Entry => ({ path: `modules/${name}.ko`, kind: "file", content: only(name) })),
    { path: "modules/order", kind: "file", content: Buffer.from(MODULES.map((name) => `${name}.ko\n`).join("")) },
    ...libraries(tree),
    { path: "lib64/ld-linux-x86-64.so.2", kind: "link", to: "/lib/ld-linux-x86-64.so.2" },
  ];
}

/** Shared libraries by the names that programs use, including links. */
function libraries(tree: string): Entry[] {
  const folders = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"].map((folder) => join(tree, folder));
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.so(\.\d+)*$/.test(name) && existsSync(join(folder, name)))
      .map(
        (name): Entry => ({
          path: `lib/${name}`,
          kind: "file",
          content: readFileSync(join(folder, name)),
          executable: true,
        }),
      ),
  );
}
