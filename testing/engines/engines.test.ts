import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ENGINES, EngineMissingError, findEngine, getEngine } from "./engines";

describe("finding an engine", { skip: process.platform === "win32" }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "snapstate-engines-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A folder with an executable that prints this version. */
  function installed(executable: string, says: string): string {
    const bin = join(folder, says.replace(/\W/g, "-"));
    mkdirSync(bin);
    writeFileSync(join(bin, executable), `#!/bin/sh\necho '${says}'\n`);
    chmodSync(join(bin, executable), 0o755);
    return bin;
  }
  const place = (...bins: string[]) => ({ path: bins.join(delimiter), cache: join(folder, "cache") });

  it("takes one from the PATH whose version fits, and passes over those that do not", async () => {
    const [old, next] = [installed("pulumi", "v3.199.0"), installed("pulumi", "v4.0.0")];
    const bad = installed("pulumi", "no version at all");
    const good = installed("pulumi", "v3.241.0");
    assert.deepEqual(await findEngine("pulumi", place(old, next, bad, "/nowhere", good)), {
      path: join(good, "pulumi"),
      version: "3.241.0",
      from: "PATH",
    });
    assert.equal(await findEngine("pulumi", place(old, next, bad)), undefined);
    const tofu = installed("tofu", "OpenTofu v1.12.6\non linux_amd64");
    assert.equal((await findEngine("opentofu", place(tofu)))?.version, "1.12.6");
    assert.equal(await findEngine("opentofu", place(installed("tofu", "OpenTofu v1.9.0"))), undefined);
  });

  it("takes one that was built before, stamped with the version of its go.mod", async () => {
    const old = installed("pulumi", "v3.199.0");
    const here = place(old);
    const built = join(here.cache, "pulumi-3.274.1", "pulumi");
    mkdirSync(dirname(built), { recursive: true });
    writeFileSync(built, "");
    assert.deepEqual(await findEngine("pulumi", here), { path: built, version: "3.274.1", from: "cache" });
    assert.deepEqual(await getEngine("pulumi", here), { path: built, version: "3.274.1", from: "cache" });
  });

  it("says what to install where there is neither the engine nor Go", async (t) => {
    const before = process.env.PATH;
    t.after(() => {
      process.env.PATH = before;
    });
    process.env.PATH = "/nowhere";
    const said: string[] = [];
    for (const name of ENGINES) {
      await assert.rejects(
        getEngine(name, { ...place("/nowhere"), say: (line) => said.push(line) }),
        (error) => error instanceof EngineMissingError && /Install it, or Go 1\.24 or newer/.test(error.message),
      );
    }
    assert.equal(said.length, ENGINES.length);
    for (const line of said) assert.match(line, /with Go: about \d+ minutes on 2 cores, once on this machine/);
  });
});
