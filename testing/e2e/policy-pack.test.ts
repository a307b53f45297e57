import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../support/package-root";

const run = promisify(execFile);

describe("the policy pack, from the archive and outside the checkout", () => {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-policy-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("installs, compiles with its own TypeScript, and starts as Pulumi starts it", async () => {
    const packed = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
    const archive = (await run("npm", packed, { cwd: packageRoot(__dirname) })).stdout.trim();
    await run("tar", ["xzf", archive], { cwd: folder });
    const pack = join(folder, "package", "policy");
    await run("npm", ["--prefix", pack, "install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder });
    await run(process.execPath, [join(pack, "node_modules", "typescript", "bin", "tsc"), "-p", pack]);
    const runner = join(pack, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", pack], {
      cwd: pack,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let complaints = "";
      child.stderr.on("data", (part) => {
        complaints += part;
      });
      const line = await new Promise<string>((resolve) => {
        child.stdout.once("data", (part) => resolve(String(part)));
        child.once("close", () => resolve(complaints));
      });
      assert.match(line.trim(), /^\d+$/);
    } finally {
      child.kill();
    }
  });
});
