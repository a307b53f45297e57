const { createHash } = require("node:crypto");
const {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require("node:fs");
const { createRequire } = require("node:module");
const { homedir } = require("node:os");
const { dirname, join } = require("node:path");
const { getHeapCodeStatistics } = require("node:v8");
const { Script } = require("node:vm");

/*
 * An engine starts a provider several times in each command, and half of a start is compilation. So the code that V8 has compiled by the
 * end of a run is kept for the next one, in the user's cache folder, one file for each part and Node. Node's own compile cache
 * (node:module, enableCompileCache) exists from Node 22.8 on, and saves a third of what this saves.
 */

/** A file is rewritten by a run that has compiled more than this multiple of what the file has. */
const GROWTH = 1.1;

/** SHA-256 of the source, and the bytes of bytecode that its writer had, a double. */
const HASH_BYTES = 32;
const HEAD_BYTES = HASH_BYTES + 8;

/**
 * Loads a CommonJS file with the code that an earlier run has compiled, if it can, and keeps this run's for the next.
 *
 * @param part name of the cache file. NODE_DISABLE_COMPILE_CACHE switches the cache off, as it does Node's own
 * @returns the file's exports
 */
module.exports = (file, part) => {
  const cache = cacheFile(part);
  if (cache === undefined) return require(file);
  const source = readFileSync(file);
  const hash = createHash("sha256").update(source).digest();
  const kept = read(cache, hash);
  const head = "(function (exports, require, module, __filename, __dirname) {";
  const script = new Script(`${head}${source}\n})`, {
    filename: file,
    columnOffset: -head.length,
    cachedData: kept?.code,
  });
  const bytecode = kept === undefined || script.cachedDataRejected ? 0 : kept.bytecode;
  process.once("exit", () => {
    const now = getHeapCodeStatistics().bytecode_and_metadata_size;
    if (now > bytecode * GROWTH) write(cache, hash, now, script);
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
};

/** @returns undefined without a folder that is this user's own */
function cacheFile(part) {
  const { env, platform, version, arch } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  try {
    const given = platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
    const base = given || homedir();
    // With sudo, the home may be another user's, who must not find files of root in it.
    if (!isOwn(statSync(base))) return undefined;
    const caches = given ? "" : platform === "darwin" ? "Library/Caches" : ".cache";
    return join(base, caches, "snapstate", `${part}-${version}-${arch}.bin`);
  } catch {
    return undefined;
  }
}

/** Windows has no such owners: its folder is the user's own. */
function isOwn({ uid }) {
  return !process.getuid || uid === process.getuid();
}

/** @returns undefined for a file that is not there, of another source, or that another user could have written */
function read(cache, hash) {
  let opened;
  try {
    opened = openSync(cache, "r");
    const status = fstatSync(opened);
    if (!isOwn(status) || (process.getuid && (status.mode & 0o022) !== 0)) return undefined;
    const bytes = readFileSync(opened);
    if (bytes.length <= HEAD_BYTES || !bytes.subarray(0, HASH_BYTES).equals(hash)) return undefined;
    return { bytecode: bytes.readDoubleLE(HASH_BYTES), code: bytes.subarray(HEAD_BYTES) };
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

/** Failures are ignored: the next run compiles again. */
function write(cache, hash, bytecode, script) {
  const head = Buffer.alloc(HEAD_BYTES);
  hash.copy(head);
  head.writeDoubleLE(bytecode, HASH_BYTES);
  const temporary = `${cache}.${process.pid}`;
  try {
    mkdirSync(dirname(cache), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(temporary, Buffer.concat([head, script.createCachedData()]), { flag: "wx", mode: 0o600 });
      renameSync(temporary, cache);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch {}
}
