import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { Support } from "../contract";

/** What `supports` denies and was asked for all the same. @param platform its name for people */
export function unsupported(platform: string, support: Support, call: Call): SnapstateError {
  if (support.supported) throw new Error("it is supported");
  const answered = `${platform} ${support.because}`;
  return new SnapstateError({ kind: "unsupported", doing: call.doing, answered, hint: support.instead });
}

/**
 * A selector that names several targets.
 *
 * @param what what they have in common: `2 VMs are called "web"`
 * @param each every match, with what tells it from the others
 */
export function ambiguousTarget(what: string, each: readonly string[], hint: string, call: Call): SnapstateError {
  return new SnapstateError({ kind: "ambiguous", doing: call.doing, answered: `${what}: ${each.join(" and ")}`, hint });
}
