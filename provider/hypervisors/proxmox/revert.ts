import type { Point, RevertForecast, TargetState } from "../contract";

/** A running guest is stopped hard, taken back, and started again. */
export function revertForecast(
  { powerState }: TargetState,
  point: Point,
  { suppressPowerOn }: { suppressPowerOn: boolean },
): RevertForecast {
  const memory = point.consistency === "memory";
  const startsAgain = powerState === "on" && !suppressPowerOn;
  const then = startsAgain && !memory ? ", and started again" : "";
  const refusal = refusalOf(point, suppressPowerOn);
  return {
    ...(refusal === undefined ? {} : { refusal }),
    powerAfter: memory || startsAgain ? "on" : "off",
    consumesPoint: false,
    effects: [
      ...(powerState === "on" ? [`The guest is stopped hard, without a shutdown${then}.`] : []),
      "Its configuration goes back as well: name, tags, memory, disks and network cards.",
    ],
  };
}

function refusalOf(
  { consistency, failed, revertable, caveats = [] }: Point,
  suppressPowerOn: boolean,
): RevertForecast["refusal"] {
  if (failed !== undefined) {
    return { because: `the snapshot is not whole (${failed})`, instead: "Revert to one that is complete" };
  }
  if (revertable === false) {
    return { because: caveats.at(-1) ?? "the storage cannot go back to it", instead: "Nothing was stopped" };
  }
  if (consistency !== "memory" || !suppressPowerOn) return undefined;
  return {
    because: "a snapshot with memory starts the guest",
    instead: "Leave suppressPowerOn out, or revert to a snapshot of disks only",
  };
}
