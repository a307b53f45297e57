import type { RevertForecast, Snapshot, TargetState } from "../contract";

/** A running guest is stopped without a shutdown, reverted, and started again. */
export function revertForecast(
  { powerState }: TargetState,
  snapshot: Snapshot,
  { suppressPowerOn }: { suppressPowerOn: boolean },
): RevertForecast {
  const memory = snapshot.consistency === "memory";
  const startsAgain = powerState === "on" && !suppressPowerOn;
  const then = startsAgain && !memory ? ", and started again" : "";
  const refusal = refusalOf(snapshot, suppressPowerOn);
  return {
    ...(refusal === undefined ? {} : { refusal }),
    powerAfter: memory || startsAgain ? "on" : "off",
    consumesSnapshot: false,
    effects: [
      ...(powerState === "on" ? [`The guest is stopped without a shutdown${then}.`] : []),
      "Its configuration is reverted too: name, tags, memory, disks and network cards.",
    ],
  };
}

function refusalOf(
  { consistency, failed, revertable, caveats = [] }: Snapshot,
  suppressPowerOn: boolean,
): RevertForecast["refusal"] {
  if (failed !== undefined) {
    return { reason: `the snapshot is not complete (${failed})`, remedy: "Revert to a complete snapshot" };
  }
  if (revertable === false) {
    return { reason: caveats.at(-1) ?? "the storage cannot revert to it", remedy: "Nothing was stopped" };
  }
  if (consistency !== "memory" || !suppressPowerOn) return undefined;
  return {
    reason: "a snapshot with memory starts the guest",
    remedy: "Omit suppressPowerOn, or revert to a snapshot of disks only",
  };
}
