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
    `## Replies that no API should give: ${count(of("replies"))} cases`,
    "",
    "Real replies, changed at random in their structure or their text, on their way to the real clients over real sockets. A read understands what it gets or ends in an error of a known kind and in time; nothing is left behind, and an unchanged read afterwards shows what is there. A read takes several replies, so there are fewer outcomes than replies or more.",
    "",
    "| Driver | Replies changed | Reads understood | Errors by kind |",
    "|---|---|---|---|",
    ...rows("replies"),
    "",
    `## Bombs: ${count(of("bombs"))} cases`,
    "",
    "Entities that grow, external ones and document types, nesting without end, keys that reach for prototypes, keys given twice, numbers beyond all bounds, control characters. Each is over in bounded time and memory.",
    "",
    "| Parser | Cases | Understood | Errors by kind |",
    "|---|---|---|---|",
    ...rows("bombs"),
    "",
    `## Bad inputs: ${count(of("inputs"))} cases`,
    "",
    "Made from the field tables of the resources: wrong types, missing, unknown and conflicting inputs, out of range, control characters, too long, names of prototypes. Each is refused at check before anything is asked of the platform, in a message that names the property and says what is expected.",
    "",
    "| Face | Cases |",
    "|---|---|",
    ...plain("inputs"),
    "",
    `## Properties: ${count(of("properties"))} cases`,
    "",
    "| What holds for any input | Cases |",
    "|---|---|",
    ...plain("properties"),
    "",
  ];
}
