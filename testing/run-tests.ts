import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, normalize, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { packageRoot } from "./support/package-root";

/*
 * Runs the compiled tests of one tier: `node dist/testing/run-tests.js TIER [TEXT]`; with TEXT, only files whose path
 * contains it. CONTRIBUTING.md describes the tiers.
 */

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Tier {
  /** Whether a file belongs to the tier, by its path below dist. */
  has(file: string): boolean;
  /** Concurrent files. */
  atOnce: number;
}

const root = packageRoot(__dirname);
const dist = join(root, "dist");
const below = (...folders: string[]) => {
  const all = folders.map(normalize);
  return (file: string) => all.some((folder) => file.startsWith(folder));
};

const inE2e = below("testing/e2e/");
const inSources = below("provider/", "sdk/", "cli/", "policy/");
/** Files that mostly start processes, and tests about the order of events: one Node version is enough. */
const onOneNode = below("cli/page/", "testing/fuzz/", "testing/proof/", "testing/quickstart/");
/** These count concurrent calls, or measure: nothing may run beside them. */
const measures = (file: string) => /budget|reads-together|slope/.test(file);
/** Started first, in this order, so that no long file runs alone at the end. */
const LONG = [
  /e2e\/(getting-started|scenarios)/,
  /e2e\/(terraform-killed|quickstart|volumes)/,
  /proof\/crash/,
  /testing\/proof/,
  /contract\.test/,
  /testing\/package/,
  /qemu\/consolidation/,
  /^testing\//,
];

const TIERS: Readonly<Record<string, Tier>> = {
  unit: { has: (file) => inSources(file) && !needsMachine(file), atOnce: 2 },
  // These mostly wait for processes, so three files keep two cores busy.
  test: { has: (file) => !inE2e(file), atOnce: 3 },
  e2e: { has: inE2e, atOnce: 3 },
  node: { has: (file) => !inE2e(file) && !onOneNode(file), atOnce: 2 },
};

/** The Node versions of the tier `nodes`; the other tiers run on the installed one. */
const NODES = ["20.20.0", "22.21.1", "24.21.0"];
const MAJOR = /^v?(\d+)\./;

async function main(): Promise<void> {
  const [name = "test", text] = process.argv.slice(2);
  const counts = name === "nodes" ? runOnOtherNodes() : await runTier(name, text);
  const { passed, failed, skipped } = counts;
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  const file = process.env.SNAPSTATE_TEST_COUNTS;
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  // In CI everything is installed; a test that is skipped there runs nowhere.
  const skippedInCi = process.env.CI !== undefined && skipped > 0;
  process.exitCode = failed > 0 || skippedInCi || passed === 0 ? 1 : 0;
}

async function runTier(name: string, text: string | undefined): Promise<Counts> {
  const tier = TIERS[name];
  if (tier === undefined) throw new Error(`no tier ${name}; there are ${Object.keys(TIERS).join(", ")} and nodes`);
  process.stdout.write(`\nTests of tier ${name} on Node ${process.version}\n`);
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && tier.has(file) && (text === undefined || file.includes(text)))
    .sort()
    .sort((a, b) => rank(a) - rank(b));
  const report = new Report();
  await report.of(
    files.filter((file) => !measures(file)),
    tier.atOnce,
  );
  await report.of(files.filter(measures), 1);
  return report.close();
}

function rank(file: string): number {
  const at = LONG.findIndex((pattern) => pattern.test(file));
  return at < 0 ? LONG.length : at;
}

/** Counts results, and the duration of each file. */
class Report {
  private readonly counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  private readonly skipped: string[] = [];
  private readonly seconds = new Map<string, number>();

  async of(files: string[], concurrency: number): Promise<void> {
    if (files.length === 0) return;
    const stream = run({ files: files.map((file) => join(dist, file)), concurrency, timeout: 1_800_000 });
    stream.on("test:pass", ({ name, file, nesting, skip, details }) => {
      this.time(file, nesting, name, details.duration_ms);
      if (details.type === "suite" || isFile(name)) return;
      if (skip === undefined) this.counts.passed++;
      else {
        this.counts.skipped++;
        this.skipped.push(`${name}${typeof skip === "string" ? `: ${skip}` : ""}`);
      }
    });
    stream.on("test:fail", ({ name, file, nesting, details }) => {
      this.time(file, nesting, name, details.duration_ms);
      if (details.type !== "suite") this.counts.failed++;
    });
    await new Promise((resolve) => stream.compose(new spec()).on("end", resolve).pipe(process.stdout));
  }

  close(): Counts {
    const slowest = [...this.seconds].sort(([, a], [, b]) => b - a);
    const line = ([file, seconds]: [string, number]) => `${seconds.toFixed(1).padStart(7)} s  ${file}\n`;
    process.stdout.write(`\nSeconds of each file:\n${[...slowest].sort().map(line).join("")}`);
    process.stdout.write(`\nThe five slowest:\n${slowest.slice(0, 5).map(line).join("")}`);
    for (const name of this.skipped) process.stdout.write(`skipped: ${name}\n`);
    return this.counts;
  }

  /** Counts by a file's top-level tests; some versions of Node also, or only, report the file. */
  private time(file: string | undefined, nesting: number, name: string, milliseconds: number): void {
    if (file === undefined || nesting > 0) return;
    const path = relative(dist, file);
    const before = this.seconds.get(path) ?? 0;
    this.seconds.set(path, isFile(name) ? Math.max(before, milliseconds / 1000) : before + milliseconds / 1000);
  }
}

/** Some versions of Node report a file with suites as a test. */
function isFile(name: string): boolean {
  return name.endsWith(".test.js");
}

/** Whether a test needs Go, QEMU, a browser or processes, or is a whole contract, by its name and imports. */
function needsMachine(file: string): boolean {
  if (/contract\.test|platforms\.test|process\.test/.test(file)) return true;
  return /require\("[./]+\/testing\/(vcsim|qemu|contract\/vcsim|cli\/)/.test(readFileSync(join(dist, file), "utf8"));
}

function runOnOtherNodes(): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const version of NODES) {
    if (MAJOR.exec(version)?.[1] === MAJOR.exec(process.version)?.[1]) continue;
    const node = installNode(version);
    if (node === undefined) {
      process.stdout.write(`skipped: every test on Node ${version}, which could not be installed\n`);
      counts.skipped++;
      continue;
    }
    const file = join(root, ".cache", `counts-${version}.json`);
    writeFileSync(file, "");
    const env = { ...process.env, SNAPSTATE_TEST_COUNTS: file, NODE_TEST_CONTEXT: undefined };
    spawnSync(node, [__filename, "node"], { stdio: "inherit", env });
    const text = readFileSync(file, "utf8");
    const own: Counts = text === "" ? { passed: 0, failed: 1, skipped: 0 } : JSON.parse(text);
    for (const key of ["passed", "failed", "skipped"] as const) counts[key] += own[key];
  }
  return counts;
}

/** npm's package `node` contains a Node binary. */
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
