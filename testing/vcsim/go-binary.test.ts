import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findOrBuild } from "./go-binary";
import { GoMissingError } from "./go-missing-error";

describe("building the vCenter simulator without Go", () => {
  const cache = mkdtempSync(join(tmpdir(), "snapstate-vcsim-"));
  const path = process.env.PATH;
  before(() => {
    process.env.PATH = cache;
  });
  after(() => {
    process.env.PATH = path;
    rmSync(cache, { recursive: true });
  });

  it("says what is missing, and leaves no lock", async () => {
    await assert.rejects(findOrBuild(cache), (error) => {
      assert.ok(error instanceof GoMissingError);
      assert.match(error.message, /no `go` is on the PATH/);
      return true;
    });
    assert.deepEqual(readdirSync(cache), []);
  });

  it("takes the lock of a process that died with it", async () => {
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const failed = await findOrBuild(cache).catch((error: unknown) => error);
    assert.ok(failed instanceof GoMissingError);
    // The lock's name contains the hash of the sources: every attempted build is visible.
    const name = await lockName();
    writeFileSync(join(cache, name), String(dead));
    await assert.rejects(findOrBuild(cache), GoMissingError);
  });

  /** Watches the cache during a build that fails. */
  async function lockName(): Promise<string> {
    const trying = findOrBuild(cache).catch(() => undefined);
    const name = readdirSync(cache).find((file) => file.endsWith(".lock"));
    await trying;
    assert.ok(name);
    return name;
  }
});
