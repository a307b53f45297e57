import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** The inputs that one test sent through a parser or an adapter. */
export interface Fuzzed {
  of: "replies" | "bombs" | "inputs" | "properties";
  subject: string;
  cases: number;
  /** Counts of results: `understood`, or the kind of the error. */
  outcomes?: Record<string, number>;
}

/** Prints a test's count, and passes it to `npm run proof`, which sets the file; other runs ignore it. */
export function recordFuzzed(t: TestContext, fuzzed: Fuzzed): void {
  const { subject, cases, outcomes } = fuzzed;
  t.diagnostic(`${subject}: ${cases} cases${outcomes ? `, ${JSON.stringify(outcomes)}` : ""}`);
  const file = process.env.SNAPSTATE_FUZZ_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(fuzzed)}\n`);
}

/** Paths of the tests for `run-tests`: two runs, since it takes one text. */
const TESTS = [join("testing", "fuzz"), ".properties."];

/** Runs every fuzz and property test, with this many replies for each driver. @returns their records */
export async function runFuzz(root: string, replies = process.env.SNAPSTATE_FUZZ ?? "10000") {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-fuzz-"));
  const file = join(folder, "record");
  const env = { ...process.env, SNAPSTATE_FUZZ: replies, SNAPSTATE_FUZZ_RECORD: file };
  try {
    const runTests = join(root, "dist", "testing", "run-tests.js");
    let passed = true;
    for (const tests of TESTS) {
      const child = spawn(process.execPath, [runTests, "test", tests], { stdio: "inherit", env });
      const [code] = await once(child, "exit");
      passed &&= code === 0;
    }
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return { passed, fuzzed: lines.map((line) => JSON.parse(line) as Fuzzed) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The section of docs/reliability.md. */
export function fuzzSection(all: Fuzzed[]): string[] {
  const of = (kind: Fuzzed["of"]) => all.filter((one) => one.of === kind);
  const count = (list: Fuzzed[]) => list.reduce((sum, { cases }) => sum + cases, 0);
  const rows = (kind: Fuzzed["of"]) =>
    of(kind).map(({ subject, cases, outcomes = {} }) => {
      const { understood = 0, ...errors } = outcomes;
      const kinds = Object.entries(errors).sort(([, a], [, b]) => b - a);
      return `| ${subject} | ${cases} | ${understood} | ${kinds.map(([name, times]) => `\`${name}\` ${times}`).join(", ")} |`;
    });
  const plain = (kind: Fuzzed["of"]) => of(kind).map(({ subject, cases }) => `| ${subject} | ${cases} |`);
  return [
    `## Invalid replies: ${count(of("replies"))} cases`,
    "",
    "Real replies whose structure or text is changed at random on their way to the real clients, over real sockets. A read understands the reply or ends in time with an error of a known kind; nothing is left behind, and the next unchanged read is correct. A read needs several replies, so the numbers of results and replies differ.",
    "",
    "| Driver | Replies changed | Reads understood | Errors by kind |",
    "|---|---|---|---|",
    ...rows("replies"),
    "",
    `## Bombs: ${count(of("bombs"))} cases`,
    "",
    "Expanding and external entities, document types, endless nesting, keys that refer to prototypes, duplicate keys, excessive numbers, control characters. Each is handled in bounded time and memory.",
    "",
    "| Parser | Cases | Understood | Errors by kind |",
    "|---|---|---|---|",
    ...rows("bombs"),
    "",
    `## Bad inputs: ${count(of("inputs"))} cases`,
    "",
    "Derived from the field tables of the resources: wrong types, missing, unknown and conflicting inputs, values out of range, control characters, excessive lengths, names of prototypes. Each is refused at check before any request, with a message that names the property and what is expected.",
    "",
    "| Adapter | Cases |",
    "|---|---|",
    ...plain("inputs"),
    "",
    `## Properties: ${count(of("properties"))} cases`,
    "",
    "| Property that holds for any input | Cases |",
    "|---|---|",
    ...plain("properties"),
    "",
  ];
}
