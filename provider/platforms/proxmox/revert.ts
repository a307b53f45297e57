import type { RevertForecast, Snapshot, TargetState } from "../contract";

/** A running guest is stopped hard, taken back, and started again. */
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
      ...(powerState === "on" ? [`The guest is stopped hard, without a shutdown${then}.`] : []),
      "Its configuration goes back as well: name, tags, memory, disks and network cards.",
    ],
  };
}

function refusalOf(
  { consistency, failed, revertable, caveats = [] }: Snapshot,
  suppressPowerOn: boolean,
): RevertForecast["refusal"] {
  if (failed !== undefined) {
    return { reason: `the snapshot is not whole (${failed})`, remedy: "Revert to one that is complete" };
  }
  if (revertable === false) {
    return { reason: caveats.at(-1) ?? "the storage cannot go back to it", remedy: "Nothing was stopped" };
  }
  if (consistency !== "memory" || !suppressPowerOn) return undefined;
  return {
    reason: "a snapshot with memory starts the guest",
    remedy: "Leave suppressPowerOn out, or revert to a snapshot of disks only",
  };
}
