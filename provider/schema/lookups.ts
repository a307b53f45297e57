import { z } from "zod";
import type { Field, FieldTable } from "./fields";
import { lookupSchema } from "./target-input";
import type { Values } from "./values";

/*
 * A target is a string or an object. Most engines have no such union types, so there the object has a separate input:
 * `targetLookup` beside `target`, `targetLookups` beside `targets`. In the provider both are `target`.
 */

const LOOKUP = /^(\w+?)Lookup(s?)$/;

/** The inputs for typed engines: a string, and a separate object, where lifecycles accept both. */
export function typedInputs(fields: FieldTable): FieldTable {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]): [string, Field][] => {
      const { change, lookup } = field;
      if (lookup === undefined) return [[name, field]];
      const many = lookup === "many";
      const description = many
        ? `Like \`${name}\`, each VM by an object with one of its properties. They follow those of \`${name}\`.`
        : `Instead of \`${name}\`: the VM by an object with one of these properties.`;
      return [
        [name, { ...field, schema: (many ? z.array(z.string()) : z.string()).optional() }],
        [
          lookupName(name, many),
          { schema: (many ? lookupSchema.array() : lookupSchema).optional(), change, description },
        ],
      ];
    }),
  );
}

/** The input that the lifecycles know for one of {@link typedInputs}: `target` for `targetLookup`. */
export function joinedName(key: string): string {
  const [, name, many] = LOOKUP.exec(key) ?? [];
  return name === undefined ? key : `${name}${many}`;
}

/** Puts the objects where the lifecycles expect them. A target set in both ways is refused by the check. */
export function joinLookups(values: Values): Values {
  const lookups = Object.keys(values).filter((key) => key.includes("Lookup") && joinedName(key) !== key);
  if (lookups.length === 0) return values;
  const joined = new Map(Object.entries(values));
  for (const key of lookups) {
    const [name, value] = [joinedName(key), values[key]];
    if (value === undefined || value === null) continue;
    joined.delete(key);
    const text = joined.get(name) ?? undefined;
    const lists = Array.isArray(value) && (text === undefined || Array.isArray(text));
    joined.set(name, lists ? [...((text as unknown[]) ?? []), ...value] : text === undefined ? value : [text, value]);
  }
  return Object.fromEntries(joined);
}

/** The other way: objects among targets get the names that {@link joinLookups} takes them from. */
export function splitLookups(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
      if (isLookup(value)) return [[lookupName(key, false), value]];
      if (!Array.isArray(value) || !value.some(isLookup)) return [[key, value]];
      const texts = value.filter((one) => !isLookup(one));
      const objects: [string, unknown] = [lookupName(key, true), value.filter(isLookup)];
      return texts.length > 0 ? [[key, texts], objects] : [objects];
    }),
  );
}

/** The input's name for typed engines: that of the object form if it has an object. */
export function outsideName(property: string, values: Values): string {
  const [, key = property, rest = ""] = /^(\w+)(.*)$/s.exec(property) ?? [];
  return isLookup(values[key]) ? `${lookupName(key, false)}${rest}` : property;
}

/** The input that takes the object form: `targetLookup`, `targetLookups`. */
export function lookupName(name: string, many: boolean): string {
  return many ? `${name.replace(/s$/, "")}Lookups` : `${name}Lookup`;
}

function isLookup(value: unknown): boolean {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const [key, ...more] = Object.keys(value);
  return key !== undefined && more.length === 0 && Object.hasOwn(lookupSchema.shape, key);
}
