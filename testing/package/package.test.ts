import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startEngineLog } from "../plugin/plugin-client";
import { packageRoot } from "../support/package-root";
import { compile } from "./compile";
import { type Archive, install, installedWith, pack } from "./install";

const root = packageRoot(__dirname);
const facts = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("the package", () => {
  let project: string;
  let archive: Archive;
  let installed: string;
  const files = () => archive.files.map(({ path }) => path);
  const node = (args: readonly string[]) => {
    const env = { ...process.env, XDG_CACHE_HOME: project, LOCALAPPDATA: project };
    return spawnSync(process.execPath, args, { cwd: project, env, encoding: "utf8" });
  };

  before(() => {
    project = mkdtempSync(join(tmpdir(), "snapstate-package-"));
    archive = pack(project);
    installed = install(archive, project);
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it("has at most 400 kB and 300 files", () => {
    assert.ok(archive.size <= 400_000, `${archive.size} bytes`);
    assert.ok(archive.files.length <= 300, `${archive.files.length} files`);
  });

  it("adds at most 12 MB to a Pulumi program, its libraries included", () => {
    const pulumi = installedWith(["@pulumi/pulumi"]);
    const own = [...installedWith(Object.keys(facts.dependencies))].filter((folder) => !pulumi.has(folder));
    const bytes = own.reduce((sum, folder) => sum + sizeOf(folder), sizeOf(installed));
    assert.ok(bytes <= 12_000_000, `${bytes} bytes`);
  });

  it("has what its users need, and none of its tests and sources", () => {
    for (const wanted of [
      ...["package.json", "PulumiPlugin.yaml", "schema.json", "LICENSE", "README.md", "CHANGELOG.md"],
      ...["bin/pulumi-resource-snapstate", "bin/pulumi-resource-snapstate.cmd", "bin/terraform-provider-snapstate"],
      ...["dist/bundle/snapstate.js", "dist/bundle/LICENSES.txt", "dist/sdk/index.d.ts", "entry/load.js"],
      ...["provider/adapters/terraform/tfplugin6.proto", "provider/adapters/terraform/plugin.proto"],
      ...["docs/_index.md", "docs/installation-configuration.md", "examples/typescript/index.ts"],
      ...["policy/PulumiPolicy.yaml", "policy/index.ts", "policy/package.json", "policy/tsconfig.json"],
    ]) {
      assert.ok(files().includes(wanted), `${wanted} is missing`);
    }
    const places =
      /^(dist\/(bundle|sdk)|entry|bin|cli\/assets|docs|examples|policy)\/|^dist\/provider\/.*\.d\.ts$|^provider\/.*\.proto$|^[\w.]+$/;
    const unwanted = /\.test\.|\.map$|^dist\/testing|node_modules|\.tsbuildinfo|Pulumi\.\w+\.yaml|\.lock|\.tfstate/;
    assert.deepEqual(
      files().filter((file) => !places.test(file) || unwanted.test(file)),
      [],
    );
    const { main, types, bin } = facts;
    for (const entry of [main, types, ...Object.values(bin as Record<string, string>)])
      assert.ok(files().includes(entry), `package.json points to ${entry}, which is not packed`);
    for (const { types, default: code } of [facts.exports["."], facts.exports["./dynamic"]])
      for (const file of [types, code])
        assert.ok(files().includes(file.slice(2)), `package.json points to ${file}, which is not packed`);
  });

  it("runs nothing when it is installed", () => {
    const scripts = Object.keys(facts.scripts);
    const atInstall = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];
    assert.deepEqual(
      scripts.filter((name) => atInstall.includes(name)),
      [],
    );
  });

  it("leaves the program its own copy of the Pulumi SDK", () => {
    assert.equal(facts.dependencies["@pulumi/pulumi"], undefined);
    assert.ok(facts.peerDependencies["@pulumi/pulumi"]);
  });

  it("compiles in a strict project that checks libraries and uses every export, without zod", () => {
    const declarations = files().filter((file) => file.endsWith(".d.ts"));
    for (const file of declarations)
      assert.doesNotMatch(readFileSync(join(installed, file), "utf8"), /zod/i, `${file} names zod`);
    writeFileSync(join(project, "index.ts"), usesEverything(readFileSync(join(installed, facts.types), "utf8")));
    const options = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noEmit: true };
    for (const module of ["commonjs", "node16"]) {
      const compilerOptions = { ...options, module, moduleResolution: module === "node16" ? "node16" : "node10" };
      const config = {
        compilerOptions: { ...compilerOptions, target: "es2022", types: ["node"] },
        files: ["index.ts"],
      };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
      // Errors in the declarations of other packages do not count.
      const own = (file: string) => file === join(project, "index.ts") || file.startsWith(installed);
      assert.deepEqual(compile(project, own), [], module);
    }
  });

  it("compiles every example, and the policy pack, as the projects that they are", () => {
    const examples = join(root, "examples");
    const folders = readdirSync(examples).filter((name) => existsSync(join(examples, name, "index.ts")));
    assert.ok(folders.length >= 9, folders.join());
    const versions = { ...facts.dependencies, ...facts.devDependencies, snapstate: facts.version };
    for (const folder of [...folders.map((name) => join("examples", name)), "policy"]) {
      const {
        dependencies,
        devDependencies,
        private: kept,
      } = JSON.parse(readFileSync(join(installed, folder, "package.json"), "utf8"));
      assert.equal(kept, true, folder);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
        assert.equal(version, versions[name], `${folder} asks for ${name}`);
      const target = join(project, folder.replaceAll(/[/\\]/g, "-"));
      cpSync(join(installed, folder), target, { recursive: true });
      for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
        if (name === "snapstate") continue; // the archive in the parent folder
        const link = join(target, "node_modules", name);
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(join(root, "node_modules", name), link, "junction");
      }
      assert.deepEqual(compile(target), [], folder);
    }
  });

  it("gives an ECMAScript module every export by its name", () => {
    for (const part of ["sdk", "dynamic"]) {
      const names = Object.keys(require(join(root, "entry", part))).filter((name) => name !== "__esModule");
      const from = part === "sdk" ? "snapstate" : "snapstate/dynamic";
      const script = `import { ${names.join(", ")} } from "${from}"; console.log([${names.join(", ")}].length);`;
      const { stdout, stderr } = node(["--input-type=module", "--eval", script]);
      assert.equal(stdout.trim(), String(names.length), stderr);
    }
  });

  it("registers the text that states hold, as the checkout does", () => {
    const script =
      'require("snapstate"); const { closureOf } = require("./node_modules/snapstate/dist/sdk/closure.js");' +
      'const p = require("./node_modules/snapstate/dist/sdk/providers.js");' +
      "closureOf(p.snapshotProvider).apply((text) => process.stdout.write(text));";
    const golden = readFileSync(join(root, "sdk", "golden", "snapshotProvider.txt"), "utf8");
    const { stdout, stderr } = node(["--eval", script]);
    assert.equal(stdout, golden, stderr);
  });

  it("answers a closure of a state", () => {
    const script =
      'const { handlers } = require("snapstate/dynamic"); handlers.Snapshot.check({}, { owner: "urn:x" })' +
      ".then(({ failures }) => console.log(failures.map(({ property }) => property).join()));";
    const { stdout, stderr } = node(["--eval", script]);
    assert.equal(stdout.trim(), "target", stderr);
  });

  it("has a command line, with each platform's driver in it", () => {
    const cli = join(installed, facts.bin.snapstate);
    assert.equal(node([cli, "--version"]).stdout.trim(), facts.version);
    const endpoint = "http://127.0.0.1:1";
    const settings: Record<string, object> = {
      vsphere: { endpoint: "127.0.0.1:1", username: "u", password: "p" },
      cloudstack: { endpoint: `${endpoint}/client/api`, apiKey: "k", secretKey: "s" },
      cloudmc: { endpoint, apiKey: "k", service: "s", environment: "e" },
      "ovh-vps": { endpoint, applicationKey: "k", applicationSecret: "s", consumerKey: "c" },
      proxmox: { endpoint, apiToken: "root@pam!t=s" },
      qemu: { sockets: ["/nonexistent.sock"] },
    };
    for (const [platform, given] of Object.entries(settings)) {
      const connections = join(project, "connections.json");
      writeFileSync(connections, JSON.stringify({ one: { platform, ...given } }));
      const { stderr } = node([cli, "tree", "web-1", "--connections", connections, "--timeout", "5s"]);
      assert.match(stderr, /ECONNREFUSED|no VM "web-1" on these sockets/, platform);
    }
  });

  it("is a plugin by its folder and a provider for Terraform by its launcher", async () => {
    const engine = await startEngineLog();
    const runner = join(root, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
    const child = spawn(process.execPath, [runner, installed, engine.address], {
      cwd: project,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const first = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
    engine.stop();
    assert.match(first, /^\d+\n$/);
    const byHand = node([join(installed, facts.bin["terraform-provider-snapstate"])]);
    assert.match(byHand.stderr, /Terraform and OpenTofu/);
  });

  it("is, in this checkout, what was compiled last", () => {
    assert.equal(require.resolve("snapstate"), join(root, "entry", "sdk.js"));
    assert.equal(require.resolve(root), join(root, "entry", "plugin.js"));
    assert.equal(require("snapstate"), require(join(root, "dist", "sdk", "index.js")));
  });
});

/** Types that take a parameter. */
const GENERIC = new Set(["GuardedChangeArgs"]);

/** A program that uses every exported name, as a value or as a type. */
function usesEverything(declarations: string): string {
  const [values, types]: [string[], string[]] = [[], []];
  for (const [, all, list] of declarations.matchAll(/^export (type )?\{([^}]*)\}/gm))
    for (const part of (list as string)
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean))
      (all || part.startsWith("type ") ? types : values).push(part.replace(/^type /, ""));
  for (const [, name] of declarations.matchAll(/^export \* as (\w+)/gm)) values.push(name as string);
  assert.ok(values.length > 10 && types.length > 15, `${values.length} values, ${types.length} types`);
  return [
    'import * as snapstate from "snapstate";',
    'import * as dynamic from "snapstate/dynamic";',
    `export const used: unknown[] = [${values.map((name) => `snapstate.${name}`).join(", ")}, dynamic.handlers];`,
    ...types.map((name) => `export type Used${name} = snapstate.${name}${GENERIC.has(name) ? "<never>" : ""};`),
    'export const one = new snapstate.Snapshot("one", { target: "web-1", ttl: "72h", quiesce: "prefer" });',
    "",
  ].join("\n");
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === "node_modules") return sum;
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(path) : entry.isFile() ? statSync(path).size : 0);
  }, 0);
}
