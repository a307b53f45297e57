import { milliseconds } from "../../core/durations";
import type { Driver, SnapshotKind } from "../../platforms/contract";
import type { Notes } from "../../platforms/ownership";
import type { SnapshotInputs } from "./inputs";

type Noted = Partial<Pick<SnapshotInputs, "series" | "expiresAt" | "ttl" | "hold">>;

/**
 * Expiry and hold as written beside the marker. Undefined where the platform cannot change a description later: the
 * notes would become wrong.
 */
export function notesOf(kind: SnapshotKind, inputs: Noted, driver: Driver): Notes | undefined {
  // The series of a snapshot never changes, so it is written wherever the platform stores it.
  const noted = inputs.series !== undefined && driver.supports(kind, "description").supported;
  const series = noted ? { series: inputs.series } : {};
  if (!driver.supports(kind, "describe").supported) return noted ? series : undefined;
  return {
    ...series,
    ...(inputs.expiresAt === undefined ? {} : { expiresAt: new Date(inputs.expiresAt).toISOString() }),
    ...(inputs.ttl === undefined ? {} : { ttlSeconds: Math.ceil(milliseconds(inputs.ttl) / 1000) }),
    ...(inputs.hold ? { hold: true } : {}),
  };
}
