import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startEngineLog } from "../plugin/plugin-client";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);
const facts = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("the package", () => {
  it("has what its users need, and none of its tests and sources", () => {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const packed = spawnSync(npm, ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
    assert.equal(packed.status, 0, packed.stderr);
    const files: string[] = JSON.parse(packed.stdout)[0].files.map(({ path }: { path: string }) => path);
    for (const wanted of [
      ...[
        "package.json",
        "PulumiPlugin.yaml",
        "schema.json",
        "LICENSE",
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
      ],
      ...["bin/pulumi-resource-snapstate", "bin/pulumi-resource-snapstate.cmd"],
      ...[
        "dist/sdk/index.js",
        "dist/sdk/index.d.ts",
        "dist/provider/adapters/dynamic/index.js",
        "dist/provider/adapters/plugin/main.js",
      ],
      ...["bin/terraform-provider-snapstate", "provider/adapters/terraform/tfplugin6.proto"],
      ...["docs/_index.md", "docs/installation-configuration.md", "examples/typescript/index.ts"],
      ...["policy/PulumiPolicy.yaml", "policy/index.ts", "policy/package.json", "policy/tsconfig.json"],
    ]) {
      assert.ok(files.includes(wanted), `${wanted} is missing`);
    }
    const places = /^(dist\/(sdk|provider|cli)|bin|cli\/assets|docs|examples|policy)\/|^provider\/.*\.proto$|^[\w.]+$/;
    assert.deepEqual(
      files.filter(
        (file) =>
          !places.test(file) || /\.test\.|^dist\/testing|node_modules|\.tsbuildinfo|Pulumi\.\w+\.yaml/.test(file),
      ),
      [],
    );
    for (const entry of [facts.main, facts.types, ...Object.values(facts.bin as Record<string, string>)]) {
      assert.ok(files.includes(entry), `package.json points to ${entry}, which is not packed`);
    }
  });

  it("leaves the program its own copy of the Pulumi SDK", () => {
    assert.equal(facts.dependencies["@pulumi/pulumi"], undefined);
    assert.ok(facts.peerDependencies["@pulumi/pulumi"]);
  });

  it("is the TypeScript package by its name, and the plugin by its folder", async () => {
    assert.equal(require.resolve("snapstate"), join(root, "dist", "sdk", "index.js"));
    assert.equal(require.resolve(root), join(root, "dist", "provider", "adapters", "plugin", "main.js"));
    const engine = await startEngineLog();
    const runner = join(root, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
    const child = spawn(process.execPath, [runner, root, engine.address], {
      cwd: join(root, "testing"),
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const first = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
    engine.stop();
    assert.match(first, /^\d+\n$/);
  });
});
