import type { Blocker } from "../contract-types";
import type { Instance, Volume } from "./environment";

/** What makes CloudMC refuse a snapshot of the volume. */
export function volumeBlockers({ state }: Volume): Blocker[] {
  if (/^ready$/i.test(state)) return [];
  const message = `the volume is ${state}; CloudMC takes snapshots of volumes that are READY`;
  return [{ code: "volume-not-ready", message, blocks: "all" }];
}

/** What makes CloudMC refuse a recovery point of the instance. */
export function instanceBlockers({ state }: Instance): Blocker[] {
  if (/^(running|stopped)$/i.test(state)) return [];
  const message = `the instance is ${state}; a recovery point needs it running or stopped`;
  return [{ code: "instance-not-settled", message, blocks: "all" }];
}
