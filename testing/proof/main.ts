import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFuzz } from "../fuzz/published";
import { packageRoot } from "../support/package-root";
import { type Fuzz, type Matrices, page } from "./page";
import type { Proven } from "./record";

/*
 * `npm run proof` runs the crash and fault matrices, in full unless SNAPSTATE_PROOF_CASES limits them, and then the
 * random tests, with 10,000 replies for each driver unless SNAPSTATE_FUZZ sets another number. `-- matrices` or `--
 * fuzz` runs one of the two. `-- --write` updates docs/reliability.md if every case has passed; a part that was not run
 * keeps its last counts.
 */

const root = packageRoot(__dirname);
const node = process.version;

async function runMatrices(): Promise<{ passed: boolean; recorded: Matrices }> {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-proof-"));
  const file = join(folder, "record");
  const cases = process.env.SNAPSTATE_PROOF_CASES ?? "all";
  const env = { ...process.env, SNAPSTATE_PROOF_CASES: cases, SNAPSTATE_PROOF_RECORD: file };
  try {
    const runTests = join(root, "dist", "testing", "run-tests.js");
    // One after the other: concurrent cases would miss their deadlines.
    let passed = true;
    for (const matrix of ["crash", "adapters", "hypervisor", "faults"]) {
      const child = spawn(process.execPath, [runTests, "test", join("testing", "proof", matrix)], {
        stdio: "inherit",
        env,
      });
      const [code] = await once(child, "exit");
      passed &&= code === 0;
    }
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    const proven = lines.map((line) => JSON.parse(line) as Proven);
    return { passed, recorded: { node, cases, proven } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runRandom(): Promise<{ passed: boolean; recorded: Fuzz }> {
  const { passed, fuzzed } = await runFuzz(root);
  return { passed, recorded: { node, fuzzed } };
}

const parts = { matrices: runMatrices, fuzz: runRandom };
type Part = keyof typeof parts;

const kept = (part: Part) => join(root, ".cache", "proof", `${part}.json`);

async function runPart(part: Part): Promise<boolean> {
  rmSync(kept(part), { force: true });
  const { passed, recorded } = await parts[part]();
  if (!passed) return false;
  mkdirSync(join(root, ".cache", "proof"), { recursive: true });
  writeFileSync(kept(part), JSON.stringify(recorded));
  return true;
}

async function main(): Promise<void> {
  const file = join(root, "docs", "reliability.md");
  const names = Object.keys(parts) as Part[];
  const asked = names.filter((name) => process.argv.includes(name));
  let passed = true;
  for (const part of asked.length > 0 ? asked : names) passed = (await runPart(part)) && passed;
  if (passed && process.argv.includes("--write")) {
    const missing = names.filter((name) => !existsSync(kept(name)));
    if (missing.length > 0) process.stdout.write(`not written: ${missing.join()} has not been run\n`);
    else {
      const [matrices, fuzz] = names.map((name) => JSON.parse(readFileSync(kept(name), "utf8")));
      writeFileSync(file, page(matrices, fuzz, readFileSync(file, "utf8")));
    }
  }
  process.exitCode = passed ? 0 : 1;
}

void main();
