import type { Hypervisor, PointKind } from "../../hypervisors/contract";
import type { Notes } from "../../hypervisors/ownership";
import { milliseconds } from "../core/durations";
import type { PointInputs } from "./inputs";

/**
 * Expiry and hold as they are written beside the marker. Undefined where the platform cannot change a description later:
 * notes that cannot follow the program would be wrong one day.
 */
export function notesOf(kind: PointKind, inputs: PointInputs, hypervisor: Hypervisor): Notes | undefined {
  // Which series a snapshot belongs to never changes, so it is written wherever there is room for it.
  const noted = inputs.series !== undefined && hypervisor.supports(kind, "description").supported;
  const series = noted ? { series: inputs.series } : {};
  if (!hypervisor.supports(kind, "describe").supported) return noted ? series : undefined;
  return {
    ...series,
    ...(inputs.expiresAt === undefined ? {} : { expires: new Date(inputs.expiresAt).toISOString() }),
    ...(inputs.ttl === undefined ? {} : { ttlSeconds: Math.ceil(milliseconds(inputs.ttl) / 1000) }),
    ...(inputs.hold ? { hold: true } : {}),
  };
}
