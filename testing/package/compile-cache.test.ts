import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { packageRoot } from "../support/package-root";

const COMPILE_CACHE = join(packageRoot(__dirname), "entry", "compile-cache.js");
const posix = { skip: process.platform === "win32" ? "files on Windows have no mode" : false };

/** A part with functions that are compiled when they are first called. */
function source(word: string): string {
  const unused = Array.from({ length: 2000 }, (_, n) => `function f${n}(x) { return [x, ${n}].map((y) => y + ${n}); }`);
  return `${unused.join("\n")}\nexports.say = () => "${word}";\nexports.all = () => [${unused.map((_, n) => `f${n}(1)`)}];\n`;
}

describe("the compile cache", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "snapstate-compile-cache-"));
    file = join(folder, "bundle.js");
    writeFileSync(file, source("one"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const caches = () => join(folder, "cache");
  const run = (more: NodeJS.ProcessEnv = {}, call = "say()") => {
    mkdirSync(caches(), { recursive: true });
    const script = `console.log(String(require(${JSON.stringify(COMPILE_CACHE)})(${JSON.stringify(file)}, "part").${call}))`;
    const env = {
      ...process.env,
      XDG_CACHE_HOME: caches(),
      LOCALAPPDATA: caches(),
      NODE_TEST_CONTEXT: undefined,
      ...more,
    };
    const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", script], { env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return stdout.trim();
  };
  const kept = () => {
    const [name, ...others] = readdirSync(join(caches(), "snapstate"));
    assert.deepEqual(others, []);
    const path = join(caches(), "snapstate", name as string);
    return { path, size: statSync(path).size, written: statSync(path).ino };
  };

  it("keeps what a run has compiled, for this user only, and the next run uses it", () => {
    assert.equal(run(), "one");
    const first = kept();
    if (!posix.skip) assert.equal(statSync(first.path).mode & 0o777, 0o600);
    // A run that cannot use the file writes it anew.
    assert.equal(run(), "one");
    assert.deepEqual(kept(), first);
  });

  it("is written anew by a run that compiles more, and then has it", () => {
    run();
    const { size } = kept();
    run({}, "all()");
    const grown = kept();
    assert.ok(grown.size > size * 1.5, `${grown.size} after ${size}`);
    run({}, "all()");
    assert.deepEqual(kept(), grown);
  });

  it("is not used for another source, even one of the same length, which V8 would not notice", () => {
    run();
    writeFileSync(file, source("two"));
    assert.equal(run(), "two");
  });

  it("is written anew when it is damaged or cut off", () => {
    for (const damage of [(bytes: Buffer) => bytes.fill(0, 40, 400), (bytes: Buffer) => bytes.subarray(0, 20)]) {
      run();
      const { path, written } = kept();
      writeFileSync(path, damage(readFileSync(path)));
      assert.equal(run(), "one");
      assert.notEqual(kept().written, written);
    }
  });

  it("is not used if other users can write to it", posix, () => {
    run();
    const { path, written } = kept();
    chmodSync(path, 0o666);
    assert.equal(run(), "one");
    assert.notEqual(kept().written, written);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("leaves no other file where it cannot be written", () => {
    run();
    const { path } = kept();
    rmSync(path);
    mkdirSync(join(path, "in the way"), { recursive: true });
    assert.equal(run(), "one");
    assert.equal(kept().path, path);
  });

  it("can be switched off as Node's own", () => {
    run({ NODE_DISABLE_COMPILE_CACHE: "1" });
    assert.deepEqual(readdirSync(caches()), []);
  });

  it("does without a folder that is missing, or that is a file", () => {
    writeFileSync(join(folder, "file"), "");
    for (const place of [join(folder, "missing"), join(folder, "file")])
      assert.equal(run({ XDG_CACHE_HOME: place, LOCALAPPDATA: place }), "one");
    assert.deepEqual(readdirSync(folder).sort(), ["bundle.js", "cache", "file"]);
  });
});
