import { covers, formatPath, type PropertyPath, parsePath } from "./property-path";
import type { DetailedDiff, DiffKind, Properties, Value } from "./types";
import { identical, isMap, plain, reveal, same } from "./values";

/** What the planner decides by. */
export interface Diff {
  changes: boolean;
  changedKeys: string[];
  replaceKeys: string[];
  deleteBeforeReplace: boolean;
  detailed?: DetailedDiff;
}

export const NO_DIFF: Diff = { changes: false, changedKeys: [], replaceKeys: [], deleteBeforeReplace: false };

/** A replacement that no provider asked for, blamed on `key`. */
export function replaceBecauseOf(key: string): Diff {
  return { ...NO_DIFF, changes: true, replaceKeys: [key] };
}

/** The engine's own comparison of inputs, for a provider that does not know. */
export function diffInputs(olds: Properties, news: Properties): Diff {
  const leaves = leafDiff(olds, news);
  const changedKeys = [...new Set(leaves.map(({ path }) => String(path[0])))];
  const detailed: DetailedDiff = {};
  for (const { path, kind } of leaves) detailed[formatPath(path)] = { kind, inputDiff: true };
  return { ...NO_DIFF, changes: leaves.length > 0, changedKeys, detailed };
}

export interface LeafDiff {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
  old?: Value;
  new?: Value;
}

/** Where two values differ, as deep as both have the same shape. Secrets are compared by what they hold. */
export function leafDiff(olds: Value | undefined, news: Value | undefined, path: PropertyPath = []): LeafDiff[] {
  const from = olds === undefined ? undefined : plain(olds);
  const to = news === undefined ? undefined : plain(news);
  if (isMap(from) && isMap(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => leafDiff(from[key], to[key], [...path, key]));
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }, (_, i) => leafDiff(from[i], to[i], [...path, i])).flat();
  }
  if (same(olds, news)) return [];
  const gone = to === undefined;
  if (from === undefined && to === undefined) return [];
  const kind = from === undefined ? "add" : gone ? "delete" : "update";
  return [{ path, kind, ...(olds === undefined ? {} : { old: olds }), ...(news === undefined ? {} : { new: news }) }];
}

/** The diff with every change that a `replaceOnChanges` path names turned into a replacement. */
export function withReplaceOnChanges(diff: Diff, paths: readonly string[], hasInitErrors: boolean): Diff {
  if (!diff.changes && !hasInitErrors) return diff;
  const wanted = paths.map(parsePath);
  const forces = (path: string) => wanted.some((outer) => covers(outer, parsePath(path)));
  const replaceKeys = new Set(diff.replaceKeys);
  for (const key of diff.changedKeys) if (forces(key)) replaceKeys.add(key);
  const initErrorsForce = hasInitErrors && forces("#initerror");
  if (initErrorsForce) replaceKeys.add("#initerror");
  const result: Diff = { ...diff, changes: diff.changes || initErrorsForce, replaceKeys: [...replaceKeys] };
  if (diff.detailed) {
    result.detailed = Object.fromEntries(
      Object.entries(diff.detailed).map(([path, entry]) =>
        forces(path) && !entry.kind.endsWith("-replace")
          ? [path, { ...entry, kind: `${entry.kind}-replace` as DiffKind }]
          : [path, entry],
      ),
    );
  }
  return result;
}

export function needsReplacement(diff: Diff): boolean {
  return (
    diff.replaceKeys.length > 0 || Object.values(diff.detailed ?? {}).some(({ kind }) => kind.endsWith("-replace"))
  );
}

/** What a refresh shows: the way back of the diff that the next update would make. */
export function inverted(diff: Diff): Diff {
  const back: Record<string, "add" | "delete" | "update"> = { add: "delete", delete: "add", update: "update" };
  const detailed: DetailedDiff = {};
  for (const [path, entry] of Object.entries(diff.detailed ?? {})) {
    const kind = back[entry.kind.replace("-replace", "")] ?? "update";
    detailed[path] = { ...entry, kind: (entry.kind.endsWith("-replace") ? `${kind}-replace` : kind) as DiffKind };
  }
  return { ...diff, ...(diff.detailed ? { detailed } : {}) };
}

/** The value at a path, without secret wrappers. */
export function valueAt(root: Value | undefined, path: PropertyPath): Value | undefined {
  let value: Value | undefined = root === undefined ? undefined : reveal(root);
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isMap(value) ? value[String(step)] : undefined;
  }
  return value;
}

/** For what no provider manages: any difference is an update. */
export function identicalInputs(olds: Properties, news: Properties): Diff {
  return identical(olds, news) ? NO_DIFF : { ...diffInputs(olds, news), changes: true };
}
