import { fuzzDefects } from "../fuzz/defects";
import { type Fuzzed, fuzzSection } from "../fuzz/published";
import { defects } from "./defects";
import type { Proven } from "./record";

/** The crash and fault matrices as recorded by one run. */
export interface Matrices {
  node: string;
  /** `all`, or the maximum number of kill points for each operation. */
  cases: string;
  proven: Proven[];
}

export interface Fuzz {
  node: string;
  fuzzed: Fuzzed[];
}

/** The process that dies, as in the table. */
const WAYS = [
  "alone",
  "plugin dies",
  "engine of a plugin",
  "dynamic provider dies",
  "engine of a dynamic provider",
  "platform dies",
];

function wayOf({ matrix, adapter, victim }: Proven): string | undefined {
  if (matrix === "crash") return WAYS[0];
  if (matrix === "hypervisor") return WAYS[5];
  if (matrix !== "adapter") return undefined;
  if (adapter === "plugin") return victim === "provider" ? WAYS[1] : WAYS[2];
  return victim === "provider" ? WAYS[3] : WAYS[4];
}

/** The complete page from the records of both parts. */
export function page(matrices: Matrices, fuzz: Fuzz): string {
  const { proven, cases } = matrices;
  const of = (matrix: Proven["matrix"]) => proven.filter((one) => one.matrix === matrix);
  const count = (list: Proven[]) => list.reduce((sum, one) => sum + one.cases, 0);
  const platforms = [...new Set(proven.map(({ platform }) => platform))].sort();
  const died = proven.filter(({ matrix }) => matrix !== "fault");
  const crashes = platforms.map((platform) => {
    const here = died.filter((one) => one.platform === platform);
    const cells = WAYS.map((way) => count(here.filter((one) => wayOf(one) === way)));
    return `| ${[platform, ...cells].join(" | ")} |`;
  });
  const faults = of("fault").map(({ platform, cases: all, outcomes = {} }) => {
    const { succeeded = 0, ...errors } = outcomes;
    const kinds = Object.entries(errors).sort(([, a], [, b]) => b - a);
    return `| ${platform} | ${all} | ${succeeded} | ${kinds.map(([kind, times]) => `\`${kind}\` ${times}`).join(", ")} |`;
  });
  const limited = cases === "all" ? "" : ` with at most ${cases} boundaries an operation`;
  return [
    "# Reliability",
    "",
    `Made by \`npm run proof -- --write\`, the matrices on Node ${matrices.node}${limited}, what is random on Node ${fuzz.node}. Every case passed; the page is not written otherwise.`,
    "",
    "`npm run proof` runs the whole, every boundary of every operation and every fault, which takes hours. `SNAPSTATE_PROOF_CASES=4 npm run proof` takes four boundaries of each operation, evenly, a part of the ways over an adapter and two faults of three. `npm test` runs a few minutes of it: one boundary of each create and of a quarter of the other operations, in turn in the middle and at the end, each way over an adapter once, one an operation on a platform that dies, and a twelfth of the faults.",
    "",
    `## Runs that die: ${count(died)} cases`,
    "",
    "A process that makes one `pulumi up` is ended by SIGKILL before a request, after it, at a reply, or before or after a write of the state. The boundaries are recorded from an undisturbed run. A plain re-run follows, and then the platform itself is asked: exactly one snapshot, somebody else's untouched, none orphaned, no VM paused, no lock left, state and platform agree, and a further run changes nothing.",
    "",
    "The operations are create, edit in place, replace, delete, restore, a policy that takes one and prunes one, and a consolidation, each where the platform has it. Alone, one process is the engine and the provider. Over an adapter, the provider is a process of its own behind gRPC, as Pulumi has it: the plugin's executable, or Pulumi's dynamic provider with the closure that states hold; one of the two dies, at a boundary in the middle of what the provider asks. A platform that dies is an API that ends with every connection, before it looks at a request or before it answers one that it has carried out, and is started again when the run is over; where CloudStack then has a VM snapshot stuck in Allocated, the re-run must say that its administrator is to remove it, and after that go through; with QEMU it is QEMU itself, by SIGKILL.",
    "",
    `| Platform | ${WAYS.join(" | ")} |`,
    `|---|${WAYS.map(() => "---").join("|")}|`,
    ...crashes,
    "",
    `## Calls that go wrong: ${count(of("fault"))} cases`,
    "",
    "Each distinct call that a driver makes meets refused and broken connections, late, halved, slow, empty, huge and senseless answers, and statuses from 302 to 504, once or each time. A run either succeeds or ends in time in an error of a known kind whose text names what was being done; then a plain re-run ends as above.",
    "",
    "| Platform | Cases | Succeeded at once | Errors by kind, all put right by a re-run |",
    "|---|---|---|---|",
    ...faults,
    "",
    ...fuzzSection(fuzz.fuzzed),
    ...defectSection(),
  ].join("\n");
}

const DEFECTS = "## Defects that the cases have found";

function defectSection(): string[] {
  const found = [...defects, ...fuzzDefects].map(({ was, now, foundBy }) => `| ${was} | ${now} | ${foundBy} |`);
  return [DEFECTS, "", "| Was | Now | Found by |", "|---|---|---|", ...found, ""];
}

/** The page with the current list of defects, which needs no run. */
export function withDefects(page: string): string {
  return page.slice(0, page.indexOf(DEFECTS)) + defectSection().join("\n");
}
