import { leafDiff, valueAt } from "./property-diff";
import { covers, formatPath, parsePath } from "./property-path";
import type { Properties, StepInfo, Value } from "./types";
import { containsSecret, isMap, isObject, isSecret, SIGNATURE, UNKNOWN } from "./values";

/** The dynamic provider's own code travels with every resource; it says nothing to a reader. */
const PROVIDER_CODE = "__provider";
const SIGNS = { add: "+", delete: "-", update: "~" } as const;

interface Line {
  sign: "+" | "-" | "~";
  path: string;
  text: string;
  replaces: boolean;
}

/** What changes about a resource, a line a property; of what `hideDiffs` names, only that it changes. */
export function propertyLines(step: StepInfo): string[] {
  const lines = changes(step).map(({ sign, path, text, replaces }) => {
    const hider = hiderOf(step, path);
    if (hider !== undefined) return `~ ${hider} (hidden)`;
    return `${sign} ${path}: ${text}${replaces ? " [forces replacement]" : ""}`;
  });
  return [...new Set(lines)];
}

/** The same in short, as in `[diff: +a,~b]`; nothing for a resource that begins or ends with the step. */
export function shortDiff(step: StepInfo): string {
  if (step.oldInputs === undefined || step.newInputs === undefined) return "";
  const seen = new Map<string, string>();
  for (const { sign, path } of changes(step)) {
    if (hiderOf(step, path) !== undefined) continue;
    const key = String(parsePath(path)[0] ?? path);
    seen.set(key, seen.has(key) || path !== key ? "~" : sign);
  }
  return seen.size === 0 ? "" : `[diff: ${[...seen].map(([key, sign]) => sign + key).join(",")}]`;
}

/** The path in `hideDiffs` that covers this one. */
function hiderOf(step: StepInfo, path: string): string | undefined {
  return step.hidden?.find((hidden) => covers(parsePath(hidden), parsePath(path)));
}

function changes(step: StepInfo): Line[] {
  const unshown = new Set([PROVIDER_CODE, ...(step.unshown ?? [])]);
  return allChanges(step).filter(({ path }) => !unshown.has(String(parsePath(path)[0])));
}

function allChanges(step: StepInfo): Line[] {
  const { oldInputs = {}, newInputs = {}, oldOutputs = {}, newOutputs = {} } = step;
  const replaceKeys = new Set(step.replaceKeys);
  if (step.op === "create" || step.op === "import") {
    return Object.entries(newInputs).map(([key, value]) => ({
      sign: "+",
      path: formatPath([key]),
      text: show(value),
      replaces: false,
    }));
  }
  if (step.detailedDiff) {
    return Object.entries(step.detailedDiff).map(([path, { kind, inputDiff }]) => {
      const steps = parsePath(path);
      const [from, to] = [inputDiff ? oldInputs : { ...oldInputs, ...oldOutputs }, newInputs];
      const hidden = containsSecret(from[String(steps[0])]) || containsSecret(to[String(steps[0])]);
      const shown = (root: Properties) => (hidden ? "[secret]" : show(valueAt(root, steps)));
      const way = kind.replace("-replace", "") as keyof typeof SIGNS;
      const text = way === "add" ? shown(to) : way === "delete" ? shown(from) : `${shown(from)} => ${shown(to)}`;
      return { sign: SIGNS[way], path, text, replaces: kind.endsWith("-replace") };
    });
  }
  const refresh = step.op === "refresh";
  const leaves = refresh ? leafDiff(oldOutputs, newOutputs) : leafDiff(oldInputs, newInputs);
  return leaves.map(({ path, kind, old, new: value }) => {
    const root = String(path[0]);
    const hidden = isSecret(oldInputs[root]) || isSecret(newInputs[root]) || isSecret(newOutputs[root]);
    const shown = (item: Value | undefined) => (hidden ? "[secret]" : show(item));
    const text = kind === "add" ? shown(value) : kind === "delete" ? shown(old) : `${shown(old)} => ${shown(value)}`;
    return { sign: SIGNS[kind], path: formatPath(path), text, replaces: replaceKeys.has(root) };
  });
}

/** A value for people, on one line. */
export function show(value: Value | undefined): string {
  if (value === undefined) return "";
  if (isSecret(value)) return "[secret]";
  if (value === UNKNOWN) return "[unknown]";
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[ ${value.map(show).join(", ")} ]`;
  if (isMap(value)) {
    const entries = Object.entries(value);
    return entries.length === 0 ? "{}" : `{ ${entries.map(([key, item]) => `${key}: ${show(item)}`).join(", ")} }`;
  }
  if (isObject(value)) {
    const { [SIGNATURE]: _, ...rest }: Properties = value;
    return String(rest.urn ?? JSON.stringify(rest));
  }
  return JSON.stringify(value);
}
