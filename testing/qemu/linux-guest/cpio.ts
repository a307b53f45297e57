/** A file, folder or link of an archive. */
export type Entry =
  | { path: string; kind: "file"; content: Buffer; executable?: boolean }
  | { path: string; kind: "folder" }
  | { path: string; kind: "link"; to: string };

const MODES = { file: 0o100644, program: 0o100755, folder: 0o040755, link: 0o120777 };

/** Writes a cpio archive in the "new ASCII" format, which Linux unpacks as its initial file system. */
export function cpio(entries: Entry[]): Buffer {
  const parts = entries.map((entry, index) => record(entry.path, modeOf(entry), contentOf(entry), index + 1));
  return Buffer.concat([...parts, record("TRAILER!!!", 0, Buffer.alloc(0), 0)]);
}

function modeOf(entry: Entry): number {
  return entry.kind === "file" && entry.executable ? MODES.program : MODES[entry.kind];
}

function contentOf(entry: Entry): Buffer {
  if (entry.kind === "file") return entry.content;
  return Buffer.from(entry.kind === "link" ? entry.to : "");
}

function record(path: string, mode: number, content: Buffer, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, owner, group, links, time, size, device of the file and of the node (two numbers each), name's size, sum
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const head = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(content)]);
}

/** Pads every part to a multiple of four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
