import { type Fuzzed, fuzzSection } from "../fuzz/published";
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

/** The complete page from the records of both parts. @param before the page so far */
export function page(matrices: Matrices, fuzz: Fuzz, before: string): string {
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
  const limited = cases === "all" ? "" : ` with at most ${cases} kill points for each operation`;
  return [
    "# Reliability",
    "",
    `Written by \`npm run proof -- --write\`: the matrices on Node ${matrices.node}${limited}, the random tests on Node ${fuzz.node}. Every case passed; otherwise the page is not written.`,
    "",
    "`npm run proof` runs every kill point of every operation and every fault, which takes hours. `SNAPSTATE_PROOF_CASES=4 npm run proof` runs four evenly spaced kill points of each operation, some of the combinations with adapters, and two thirds of the faults. `npm test` runs a few minutes of it: one kill point of each create and of a quarter of the other operations, alternately in the middle and at the end, each combination with an adapter once, one crash of the platform for each operation, and a twelfth of the faults.",
    "",
    `## Killed runs: ${count(died)} cases`,
    "",
    "A process that runs one `pulumi up` is killed with SIGKILL before or after a request, at a reply, or before or after a write of the state. The kill points are recorded from an undisturbed run. After a plain re-run the platform itself is checked: exactly one snapshot, foreign ones untouched, no orphan, no paused VM, no lock, state and platform agree, and another run changes nothing.",
    "",
    "The operations are create, edit in place, replace, delete, restore, a policy that takes one snapshot and prunes one, and a consolidation, where the platform supports them. In the column `alone`, a single process is engine and provider. With an adapter the provider is a separate process behind gRPC, as in Pulumi: the plugin's executable, or Pulumi's dynamic provider with the closure from the state; one of the two processes dies, at a kill point during the provider's requests. A platform dies with all of its connections, before it processes a request or before it replies to one that it has carried out, and is restarted after the run. If CloudStack then has a VM snapshot stuck in Allocated, the re-run must report that the administrator has to remove it, and succeed afterwards. On QEMU, QEMU itself is killed with SIGKILL.",
    "",
    `| Platform | ${WAYS.join(" | ")} |`,
    `|---|${WAYS.map(() => "---").join("|")}|`,
    ...crashes,
    "",
    `## Failing calls: ${count(of("fault"))} cases`,
    "",
    "Each distinct call of a driver meets refused and broken connections, late, truncated, slow, empty, huge and invalid replies, and statuses from 302 to 504, once or each time. A run either succeeds or ends in time with an error of a known kind that names the operation; after a plain re-run the result is as above.",
    "",
    "| Platform | Cases | Succeeded at once | Errors by kind, all resolved by a re-run |",
    "|---|---|---|---|",
    ...faults,
    "",
    ...fuzzSection(fuzz.fuzzed),
    defectsOf(before),
  ].join("\n");
}

const DEFECTS = "## Defects found by these tests";

/** The list of defects, which is written by hand and kept. */
function defectsOf(text: string): string {
  return text.slice(text.indexOf(DEFECTS));
}
