import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { Support } from "../contract";
import type { Target } from "../contract-types";

/** What `supports` denies and was asked for all the same. @param platform its name for people */
export function unsupported(platform: string, support: Support, call: Call): SnapstateError {
  if (support.supported) throw new Error("it is supported");
  const answered = `${platform} ${support.because}`;
  return new SnapstateError({ kind: "unsupported", doing: call.doing, answered, hint: support.instead });
}

/** What to say of a selector that does not name one target. */
export interface SelectorWords {
  /** With several matches, what they have in common: `2 VMs are called "web"`. */
  several(count: number): string;
  /** How to name the one that is meant, as a sentence. */
  hint: string;
}

/**
 * The only match. Undefined when there is none.
 *
 * @throws SnapstateError `ambiguous` with every match
 */
export function onlyTarget(
  matches: readonly Target[],
  { several, hint }: SelectorWords,
  call: Call,
): Target | undefined {
  if (matches.length < 2) return matches[0];
  const each = matches.map(({ id, name, path }) => (path === id ? id : `${path ?? name} (${id})`));
  const answered = `${several(matches.length)}: ${each.join(" and ")}`;
  throw new SnapstateError({ kind: "ambiguous", doing: call.doing, answered, hint });
}
