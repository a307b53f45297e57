import { describeRemedy } from "../../core/errors";
import type { Values } from "./lifecycle";
import { type Finding, refusal } from "./preflight";

/** Refuses the delete of a resource on hold; the state alone decides. */
export function refuseHeld({ hold }: Values): Finding[] {
  if (hold !== true) return [];
  const remedy = describeRemedy({ action: "clear-hold", input: "hold" });
  return [{ ...refusal(`it is on hold. ${remedy}`, "hold"), kind: "held" }];
}
