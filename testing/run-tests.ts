import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { packageRoot } from "./support/package-root";

/*
 * Runs every compiled test on this Node and then most of them on another one: on a current Node when this is Node 20, on
 * Node 20 otherwise. `npm test -- TEXT` runs only the files whose path has TEXT in it, on this Node.
 */

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * What runs on one Node only. These test what is done and in which order, over processes that take most of the time to start; a
 * Node that would change that fails in the tests of the parts as well.
 */
const ONE_NODE = ["cli/page/", "testing/fuzz/", "testing/proof/", "testing/quickstart/"].map(normalize);

/** On the real engines, which have to be built: run by `npm run test:e2e` alone. */
const E2E = normalize("testing/e2e/");

const OTHER_NODES = { old: "20.20.0", current: "24.21.0" };
const root = packageRoot(__dirname);
const dist = join(root, "dist");
const countsFile = process.env.SNAPSTATE_TEST_COUNTS;
const filter = process.argv[2];

async function main(): Promise<void> {
  const counts = await runHere();
  if (countsFile) {
    writeFileSync(countsFile, JSON.stringify(counts));
  } else {
    const other = filter ? undefined : runOnOtherNode();
    for (const key of ["passed", "failed", "skipped"] as const) counts[key] += other?.[key] ?? 0;
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  }
  // In CI everything is installed, so a skipped test there is a test that nobody runs anywhere.
  const skippedInCi = process.env.CI !== undefined && counts.skipped > 0;
  process.exitCode = counts.failed > 0 || skippedInCi || counts.passed === 0 ? 1 : 0;
}

async function runHere(): Promise<Counts> {
  process.stdout.write(`\nTests on Node ${process.version}\n`);
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && (filter === undefined || file.includes(filter)))
    .filter((file) => file.startsWith(E2E) === (filter?.startsWith(E2E) ?? false))
    .filter((file) => countsFile === undefined || !ONE_NODE.some((folder) => file.startsWith(folder)))
    .map((file) => join(dist, file))
    .sort();
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const skippedNames: string[] = [];
  // One file at a time: a scenario keeps two cores busy, and bounds on calls want reads that really happen together.
  const stream = run({ files, concurrency: filter?.startsWith(E2E) ? 2 : 1, timeout: 900_000 });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite" || isFile(event.name)) return;
    if (event.skip === undefined) counts.passed++;
    else {
      counts.skipped++;
      skippedNames.push(`${event.name}${typeof event.skip === "string" ? `: ${event.skip}` : ""}`);
    }
  });
  stream.on("test:fail", (event) => {
    if (event.details.type !== "suite") counts.failed++;
  });
  await new Promise((resolve) => stream.compose(new spec()).on("end", resolve).pipe(process.stdout));
  for (const name of skippedNames) process.stdout.write(`skipped: ${name}\n`);
  return counts;
}

/** A file that holds suites is reported as a test itself, on some versions of Node. */
function isFile(name: string): boolean {
  return name.endsWith(".test.js");
}

function runOnOtherNode(): Counts {
  const version = process.version.startsWith("v20.") ? OTHER_NODES.current : OTHER_NODES.old;
  const node = installNode(version);
  if (node === undefined) {
    process.stdout.write(`skipped: every test on Node ${version}, which could not be installed\n`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const file = join(root, ".cache", "counts.json");
  rmSync(file, { force: true });
  const env = { ...process.env, SNAPSTATE_TEST_COUNTS: file, NODE_TEST_CONTEXT: undefined };
  spawnSync(node, [__filename], { stdio: "inherit", env });
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { passed: 0, failed: 1, skipped: 0 };
}

/** npm's package `node` brings a Node binary from the registry. */
function installNode(version: string): string | undefined {
  const folder = join(root, ".cache", "nodes", version);
  const binary = join(folder, "node_modules", "node", "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    spawnSync(npm, ["install", "--no-save", "--prefix", folder, `node@${version}`], { stdio: "ignore", cwd: folder });
  }
  return existsSync(binary) ? binary : undefined;
}

void main();
