import type { Blocker } from "../contract-types";
import type { Instance, Volume } from "./environment";

/** Why CloudMC would refuse a snapshot of the volume. */
export function volumeBlockers({ state }: Volume): Blocker[] {
  if (/^ready$/i.test(state)) return [];
  const message = `the volume is ${state}; CloudMC takes snapshots of READY volumes only`;
  return [{ code: "volume-not-ready", message, blocks: "all" }];
}

/** Why CloudMC would refuse a recovery point of the instance. */
export function instanceBlockers({ state }: Instance): Blocker[] {
  if (/^(running|stopped)$/i.test(state)) return [];
  const message = `the instance is ${state}; a recovery point requires it to be running or stopped`;
  return [{ code: "instance-not-settled", message, blocks: "all" }];
}
