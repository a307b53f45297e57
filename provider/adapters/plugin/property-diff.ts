import { isDeepStrictEqual } from "node:util";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { DiffResult, Values } from "../../resources";
import { hasUnknown } from "../../schema/unknown";

type Verb = "ADD" | "DELETE" | "UPDATE";

/** One difference, by the path of the value, as the engine shows it. */
interface Difference {
  path: string;
  verb: Verb;
}

/**
 * A resource's differences for the engine, value by value. Differences between the program's old and new inputs are
 * shown as changes of inputs; anything else the lifecycle found in the platform's state, as changes of state.
 */
export function detailedDiff(
  { updates, replaces }: DiffResult,
  oldInputs: Values,
  state: Values,
  news: Values,
): Map<string, proto.PropertyDiff> {
  const detailed = new Map<string, proto.PropertyDiff>();
  for (const key of [...updates, ...replaces]) {
    const ofInputs = differences(oldInputs[key], news[key], key);
    const ofState = news[key] === undefined ? [] : differences(state[key], news[key], key);
    const found = ofInputs.length > 0 ? ofInputs : ofState;
    // The lifecycle can have reasons without a differing value: a text to restore, an interrupted create, a run
    // that is due.
    const shown: Difference[] = found.length > 0 ? found : [{ path: key, verb: "UPDATE" }];
    for (const { path, verb } of shown) {
      const entry = new proto.PropertyDiff();
      entry.setKind(proto.PropertyDiff.Kind[replaces.includes(key) ? (`${verb}_REPLACE` as const) : verb]);
      entry.setInputdiff(ofInputs.length > 0);
      detailed.set(path, entry);
    }
  }
  return detailed;
}

function differences(old: unknown, now: unknown, path: string): Difference[] {
  if (isDeepStrictEqual(old, now)) return [];
  if (old === undefined || old === null) return [{ path, verb: "ADD" }];
  if (now === undefined || now === null) return [{ path, verb: "DELETE" }];
  if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }, (_, index) => differences(old[index], now[index], `${path}[${index}]`)).flat();
  }
  if (isMap(old) && isMap(now) && !hasUnknown(Object.keys(now))) {
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
      differences(
        old[key],
        now[key],
        /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
      ),
    );
  }
  return [{ path, verb: "UPDATE" }];
}

function isMap(value: unknown): value is Values {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
