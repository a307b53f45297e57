import { describeRemedy } from "../../core/errors";
import type { Values } from "./lifecycle";
import { type Finding, refusal } from "./preflight";

/** A delete of what is on hold refuses; the state alone tells. */
export function refuseHeld({ hold }: Values): Finding[] {
  if (hold !== true) return [];
  const remedy = describeRemedy({ action: "clear-hold", input: "hold" });
  return [{ ...refusal(`it is on hold. ${remedy}`, "hold"), kind: "held" }];
}
