import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { parseJson } from "./client/replies";
import { type FileKey, fileKey } from "./files";

/** The QEMU process behind a monitor socket, from the operating system. */
export interface QemuProcess {
  pid: number;
  /**
   * Undefined if the user may not read it. A daemonized QEMU is in `/`, although relative names refer to another
   * folder.
   */
  cwd: string | undefined;
  /** Its open files, by absolute path; `deleted` if the file was deleted. Empty if the user may not read them. */
  open: { path: string; deleted: boolean }[];
  /** Images in its command line: what the VM was started from. */
  named: ReadonlySet<FileKey>;
}

/** Constant data of a process, by the inode of its socket: both have the same lifetime. */
const servers = new Map<string, Started>();

type Started = Omit<QemuProcess, "open">;

/**
 * Finds the process that serves a monitor socket, by the kernel's table of sockets or, without permission for its open
 * files, by its command line. Linux only: undefined elsewhere, or if not found.
 */
export async function processOf(socket: string): Promise<QemuProcess | undefined> {
  const inodes = await listeningInodes(socket);
  for (const inode of inodes) {
    const started = servers.get(inode);
    const links = started === undefined ? [] : await openLinks(started.pid);
    if (started !== undefined && links.includes(inode)) return { ...started, open: openFiles(links) };
  }
  const { owners, unreadable } = await scanSockets();
  for (const inode of inodes) {
    const pid = owners.get(inode);
    if (pid === undefined) continue;
    const open = openFiles(await openLinks(pid));
    const started = await describeStart(pid, open);
    servers.set(inode, started);
    return { ...started, open };
  }
  const byCommand: number[] = [];
  for (const pid of unreadable) if (await namesSocket(pid, socket)) byCommand.push(pid);
  const [only, ...others] = byCommand;
  return only === undefined || others.length > 0 ? undefined : { ...(await describeStart(only, [])), open: [] };
}

interface SocketScan {
  /** The process of each socket, by the kernel's name of the socket. */
  owners: ReadonlyMap<string, number>;
  /** Processes whose open files the user may not read. */
  unreadable: number[];
}

/** Concurrent callers share one scan of all processes. */
let scanning: Promise<SocketScan> | undefined;

function scanSockets(): Promise<SocketScan> {
  scanning ??= scan().finally(() => {
    scanning = undefined;
  });
  return scanning;
}

async function scan(): Promise<SocketScan> {
  const owners = new Map<string, number>();
  const unreadable: number[] = [];
  for (const pid of await processIds()) {
    const links = await openLinks(pid);
    if (links.length === 0) unreadable.push(pid);
    for (const link of links) if (link.startsWith("socket:")) owners.set(link, pid);
  }
  return { owners, unreadable };
}

/** Ids of other processes that have the file open. Excludes processes of other users without permission. */
export async function otherUsersOf(path: string, own: number): Promise<number[]> {
  const key = await fileKey(path);
  if (key === undefined) return [];
  const found: number[] = [];
  for (const pid of await processIds()) {
    if (pid === own || pid === process.pid) continue;
    for (const link of await openLinks(pid)) {
      if (!isAbsolute(link) || (await fileKey(link)) !== key) continue;
      found.push(pid);
      break;
    }
  }
  return found;
}

function openFiles(links: string[]): QemuProcess["open"] {
  return links.filter(isAbsolute).map((link) => {
    const deleted = link.endsWith(" (deleted)");
    return { path: deleted ? link.slice(0, -" (deleted)".length) : link, deleted };
  });
}

async function describeStart(pid: number, open: QemuProcess["open"]): Promise<Started> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const named = new Set<FileKey>();
  for (const text of wordsOf(await commandLine(pid))) {
    const candidates = isAbsolute(text)
      ? [text]
      : [...(cwd === undefined ? [] : [resolve(cwd, text)]), ...open.map(({ path }) => path).filter(endsWith(text))];
    for (const candidate of candidates) {
      const key = await fileKey(candidate);
      if (key !== undefined) named.add(key);
    }
  }
  return { pid, cwd, named };
}

/** Whether a relative path may refer to an absolute one. */
export function endsWith(relative: string): (path: string) => boolean {
  const tail = `/${relative.replace(/^(?:\.{1,2}\/)+/, "")}`;
  return (path) => path.endsWith(tail);
}

/**
 * Every part of a command line that may be a file name: arguments, values in `file=a,format=b`, and strings in JSON.
 * False positives only protect more images than necessary.
 */
export function wordsOf(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const json = parseObject(arg);
    if (json !== undefined) return textsIn(json);
    // QEMU doubles a comma inside a value.
    const parts = arg.replaceAll(",,", "\0").split(",");
    const values = parts.flatMap((part) => [part, part.slice(part.indexOf("=") + 1)]);
    const plain = values.map((value) => value.replaceAll("\0", ",").replace(/^file:/, ""));
    return [arg, ...plain, ...plain.flatMap((value) => textsIn(parseObject(value)))];
  });
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}

function parseObject(text: string): unknown {
  const json = text.replace(/^json:/, "");
  return json.startsWith("{") ? parseJson(json) : undefined;
}

async function listeningInodes(socket: string): Promise<ReadonlySet<string>> {
  const real = await realpath(socket).catch(() => socket);
  const table = await readFile("/proc/net/unix", "utf8").catch(() => "");
  const inodes = table.split("\n").flatMap((line) => {
    const [, , , , , , inode = "", ...path] = line.trim().split(/\s+/);
    const bound = path.join(" ");
    return bound === socket || bound === real ? [`socket:[${inode}]`] : [];
  });
  return new Set(inodes);
}

async function namesSocket(pid: number, socket: string): Promise<boolean> {
  const words = wordsOf(await commandLine(pid)).map((word) => word.replace(/^unix:/, ""));
  if (words.includes(socket)) return true;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return cwd !== undefined && words.some((word) => resolve(cwd, word) === socket);
}

async function processIds(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function openLinks(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return links.filter((link) => link !== "");
}

async function commandLine(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0").filter((arg) => arg !== "");
}
