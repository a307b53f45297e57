import { propertyLines, shortDiff, show } from "./display-diff";
import type { OperationKind, Result } from "./requests";
import type { Diagnostic, OpKind, StepInfo } from "./types";
import { isDefaultProvider, nameOf, type Place, typeOf } from "./urn";

const SIGNS: Record<OpKind, string> = {
  same: "  ",
  create: "+ ",
  update: "~ ",
  delete: "- ",
  replace: "+-",
  "create-replacement": "++",
  "delete-replaced": "--",
  read: "> ",
  "read-replacement": ">>",
  refresh: "~ ",
  import: "= ",
  "import-replacement": "=>",
  "remove-pending-replace": "~ ",
};

const DONE: Partial<Record<OpKind, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  "create-replacement": "created replacement",
  "delete-replaced": "deleted original",
  read: "read",
  refresh: "refreshed",
  import: "imported",
};

/** What a summary counts: a replacement is one change, not the create and the delete that it is made of. */
const COUNTED: readonly [OpKind, string, string][] = [
  ["create", "to create", "created"],
  ["update", "to update", "updated"],
  ["delete", "to delete", "deleted"],
  ["replace", "to replace", "replaced"],
  ["read", "to read", "read"],
  ["import", "to import", "imported"],
];

const TITLES: Record<OperationKind, string> = {
  preview: "Previewing update",
  up: "Updating",
  refresh: "Refreshing",
  destroy: "Destroying",
  import: "Importing",
};

export function titleOf(kind: OperationKind, stack: string): string {
  return `${TITLES[kind]} (${stack}):`;
}

/** Whether a step is worth a line: unchanged resources are only counted. */
export function isShown(step: StepInfo): boolean {
  if (step.error) return true;
  if (isDefaultProvider(step)) return false;
  if (step.op === "same") return false;
  return step.op !== "refresh" || step.resultOp !== "same";
}

/**
 * A step's lines: what happens to which resource, and below it what changes about it.
 * @param brief leaves out the properties of a new resource, as Pulumi does without `--diff`
 */
export function stepLines(step: StepInfo, preview: boolean, brief = false): string[] {
  const refreshed = step.op === "refresh" ? step.resultOp : undefined;
  const op: OpKind = refreshed === "delete" ? "delete" : refreshed === "update" ? "update" : step.op;
  const verb = step.error ? "**failed**" : preview ? step.op.replaceAll("-", " ") : (DONE[op] ?? op);
  const time = step.milliseconds === undefined || preview ? "" : ` (${(step.milliseconds / 1000).toFixed(1)}s)`;
  const first = ` ${SIGNS[op]} ${step.type} ${step.name} ${verb}${time} ${shortDiff(step)}`.trimEnd();
  const begins = op === "create" || op === "import";
  const detailed = op !== "delete" && op !== "delete-replaced" && op !== "create-replacement" && op !== "read";
  return [first, ...(detailed && !(brief && begins) ? propertyLines(step).map((line) => `        ${line}`) : [])];
}

/** All of an operation's output at once. */
export function renderRun(kind: OperationKind, place: Place, result: Omit<Result, "text">): string {
  const steps = result.steps.filter(isShown).flatMap((step) => stepLines(step, kind === "preview"));
  return [titleOf(kind, place.stack), "", ...steps, ...renderEnd(kind, result)].join("\n");
}

/** What comes after the steps: diagnostics, outputs, counts and the time it took. */
export function renderEnd(kind: OperationKind, result: Omit<Result, "text">): string[] {
  const outputs = result.markedOutputs;
  const lines: string[] = [];
  if (result.diagnostics.length > 0)
    lines.push("", "Diagnostics:", ...diagnosticLines(result.diagnostics).slice(0, -1));
  if (kind !== "destroy" && Object.keys(outputs).length > 0) {
    lines.push("", "Outputs:");
    for (const [key, value] of Object.entries(outputs)) lines.push(`    ${key}: ${show(value)}`);
  }
  lines.push("", "Resources:", ...countLines(kind, result));
  if (kind !== "preview") lines.push("", `Duration: ${Math.round(result.timings.total / 1000)}s`);
  return [...lines, ""];
}

function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const title = diagnostic.urn ? `${typeOf(diagnostic.urn)} (${nameOf(diagnostic.urn)}):` : "engine:";
    groups.set(title, [...(groups.get(title) ?? []), diagnostic]);
  }
  return [...groups].flatMap(([title, group]) => [
    `  ${title}`,
    ...group.flatMap(({ severity, message }) => {
      const text = severity === "info" ? message : `${severity}: ${message}`;
      return text.split("\n").map((line) => `    ${line}`);
    }),
    "",
  ]);
}

function countLines(kind: OperationKind, result: Omit<Result, "text">): string[] {
  const counts = { ...result.summary };
  for (const step of result.steps) {
    if (step.op !== "refresh" || step.error || isDefaultProvider(step)) continue;
    // A refresh is told by what it found; as a part of an update it is not counted.
    if (kind === "refresh") counts[step.resultOp ?? "same"]++;
  }
  const lines = COUNTED.filter(([op]) => counts[op] > 0).map(
    ([op, future, past]) =>
      `    ${SIGNS[op].trim()}${counts[op] > 0 ? ` ${counts[op]}` : ""} ${kind === "preview" ? future : past}`,
  );
  if (counts.same > 0) lines.push(`    ${counts.same} unchanged`);
  return lines;
}
