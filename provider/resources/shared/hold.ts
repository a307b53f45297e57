import { describeRemedy, SnapstateError } from "../../core/errors";
import { type Finding, refusal } from "./preflight";

const HELD = { detail: "it is on hold", remedy: { action: "clear-hold", input: "hold" } } as const;

/** Refuses the delete of a resource on hold; the state alone decides. */
export function refuseHeld({ hold }: { hold?: unknown }): Finding[] {
  if (hold !== true) return [];
  return [{ ...refusal(`${HELD.detail}. ${describeRemedy(HELD.remedy)}`, "hold"), kind: "held" }];
}

/** @throws SnapstateError `held` */
export function throwIfHeld({ hold }: { hold?: unknown }, operation: string): void {
  if (hold === true) throw new SnapstateError({ kind: "held", operation, ...HELD });
}
