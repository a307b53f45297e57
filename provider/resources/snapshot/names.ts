import type { Consistency, Driver, SnapshotKind } from "../../platforms/contract";
import { fitName } from "../../platforms/text-limits";
import { type Context, timeOf } from "../shared/lifecycle";

/** A valid name, from a prefix and the time. */
export function stampedName(
  driver: Driver,
  kind: SnapshotKind,
  head: string,
  marker: string,
  context: Pick<Context, "now">,
): string {
  const stamp = new Date(timeOf(context)).toISOString().replace(/[-:]|\.\d+/g, "");
  return fitName(driver.textLimits?.(kind).name, head, `-${stamp}`, marker);
}

/** The text, if the platform stores descriptions. */
export function describable(driver: Driver, kind: SnapshotKind, description: string | undefined): string | undefined {
  return driver.supports(kind, "description").supported ? description : undefined;
}

/** The memory and quiesce that a consistency requires. */
export function demandOf(consistency: Consistency | undefined) {
  return { memory: consistency === "memory", quiesce: consistency === "filesystem" ? "require" : "off" } as const;
}
