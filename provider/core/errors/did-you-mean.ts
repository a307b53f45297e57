import { distance } from "fastest-levenshtein";

/** Why a name is refused, with the nearest known name or a list of all. */
export function unknownName(name: string, names: readonly string[], what = "property"): string {
  const nearest = nearestName(name, names);
  return nearest === undefined
    ? `is not a ${what}; known: ${[...names].sort().join(", ")}`
    : `is not a ${what}; did you mean ${nearest}?`;
}

/** The known name that was probably meant, or undefined when none is close. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const [nearest] = [...names].sort((a, b) => distance(name, a) - distance(name, b));
  const close = nearest !== undefined && distance(name, nearest) <= Math.max(2, name.length / 3);
  return close ? nearest : undefined;
}
