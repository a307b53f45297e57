import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../support/package-root";
import { pulumiCommand } from "./stack";

const root = packageRoot(__dirname);
const engine = join(root, "testing", "engines", "pulumi");
/** Python packages are cached between runs. */
const venv = join(root, ".cache", "python");
/** The Node SDK with which the generated SDK is compiled. */
const SDK = "3.270.0";

/** @returns its output. Rejects with the output if it fails. */
async function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 28 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? error}`);
  }
}

describe("the schema, and the SDKs that Pulumi makes of it", () => {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-sdks-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function generated(language: "go" | "python" | "nodejs"): Promise<string> {
    const sdk = join(folder, language);
    await run("go", ["run", "./gen-sdk", join(root, "schema.json"), language, sdk], engine);
    return sdk;
  }

  it("is what the plugin gives, and Pulumi finds nothing wrong with it", async () => {
    await pulumiCommand();
    const env = { PULUMI_HOME: join(folder, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const given = await run(
      "pulumi",
      ["package", "get-schema", join(root, "bin", "pulumi-resource-snapstate")],
      folder,
      env,
    );
    const own = JSON.parse(readFileSync(join(root, "schema.json"), "utf8"));
    assert.deepEqual(Object.keys(JSON.parse(given).resources), Object.keys(own.resources));
    await run("pulumi", ["schema", "check", join(root, "schema.json")], folder, env);
  });

  it("in Go: the SDK and the example are vetted", async () => {
    const sdk = await generated("go");
    const version = /pulumi\/sdk\/v3 (v\S+)/.exec(readFileSync(join(engine, "go.mod"), "utf8"))?.[1];
    const module = `module github.com/pulumi/pulumi-snapstate/sdk/go\n\ngo 1.25\n\nrequire github.com/pulumi/pulumi/sdk/v3 ${version}\n`;
    writeFileSync(join(sdk, "go.mod"), module);
    copyFileSync(join(engine, "go.sum"), join(sdk, "go.sum"));
    mkdirSync(join(sdk, "example"));
    copyFileSync(join(root, "examples", "go", "main.go"), join(sdk, "example", "main.go"));
    await run("go", ["vet", "./..."], sdk, { GOFLAGS: "-mod=mod" });
  });

  it("in Python: mypy accepts the example, with plain strings for choices", async () => {
    const sdk = await generated("python");
    const program = join(sdk, "program.py");
    copyFileSync(join(root, "examples", "python", "__main__.py"), program);
    const bin = join(venv, "bin");
    // What another Python has left there may not run.
    await run("python3", ["-m", "venv", ...(existsSync(join(bin, "pip")) ? [] : ["--clear"]), venv], folder);
    await run(join(bin, "pip"), ["install", "--quiet", "--disable-pip-version-check", "mypy", "pulumi>=3,<4"], folder);
    await run(join(bin, "mypy"), ["--follow-imports=silent", program], sdk, { MYPYPATH: sdk });
    writeFileSync(program, readFileSync(program, "utf8").replace('ttl="72h"', "ttl=[72]"));
    const wrong = run(join(bin, "mypy"), ["--follow-imports=silent", program], sdk, { MYPYPATH: sdk });
    await assert.rejects(wrong, /No overload variant of "Snapshot"/);
  });

  it("in TypeScript: the SDK compiles", async () => {
    const sdk = await generated("nodejs");
    // The SDK version of the CLI: this repository's is older than the CLI's generated code requires, since it supports
    // Node 20.
    await run(
      "npm",
      ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", `@pulumi/pulumi@${SDK}`],
      sdk,
    );
    await run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", sdk, "--noEmit"], sdk);
  });
});
