import type { Properties, Value } from "./types";
import { isMap, isObject, plain } from "./values";

/** Steps into a value; `*` stands for every key or index. */
export type PropertyPath = (string | number)[];

/** `a.b[0]["c d"].*` -> its steps. */
export function parsePath(text: string): PropertyPath {
  const path: PropertyPath = [];
  const pattern = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g;
  for (const [, quoted, index, name] of text.matchAll(pattern)) {
    if (quoted !== undefined) path.push(quoted.replace(/\\(.)/g, "$1"));
    else if (index !== undefined) path.push(index === "*" ? "*" : Number(index));
    else if (name !== undefined) path.push(name);
  }
  return path;
}

export function formatPath(path: PropertyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Whether `outer` names `inner` or something that `inner` is inside of. */
export function covers(outer: PropertyPath, inner: PropertyPath): boolean {
  return outer.length <= inner.length && outer.every((step, i) => step === "*" || String(step) === String(inner[i]));
}

/** `news` with what `path` names put back to what it is in `olds`. */
export function putBack(news: Properties, olds: Properties, path: PropertyPath): Properties {
  return reset(news, olds, path) as Properties;
}

function reset(news: Value | undefined, olds: Value | undefined, path: PropertyPath): Value | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return olds;
  const from = olds === undefined ? undefined : plain(olds);
  const to = news === undefined ? undefined : plain(news);
  if (Array.isArray(to) || (to === undefined && Array.isArray(from))) {
    const list = Array.isArray(to) ? to : [];
    const before = Array.isArray(from) ? from : [];
    return list.map((item, i) => (step === "*" || Number(step) === i ? (reset(item, before[i], rest) ?? item) : item));
  }
  if (!isMap(to)) return news;
  const result: Properties = { ...to };
  const before = isObject(from) ? from : {};
  const keys = step === "*" ? [...new Set([...Object.keys(result), ...Object.keys(before)])] : [String(step)];
  for (const key of keys) {
    const value = reset(result[key], before[key], rest);
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}
