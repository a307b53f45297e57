import { distance } from "fastest-levenshtein";

/** Why a name is refused: with the nearest one that there is, or with all of them. */
export function unknownName(name: string, names: readonly string[], what = "property"): string {
  const [nearest] = [...names].sort((a, b) => distance(name, a) - distance(name, b));
  const close = nearest !== undefined && distance(name, nearest) <= Math.max(2, name.length / 3);
  return close
    ? `is not a ${what}; did you mean ${nearest}?`
    : `is not a ${what}; there are: ${[...names].sort().join(", ")}`;
}
