import { missing } from "../vcsim/test-support";
import { fakepveMissing } from "./proxmox";
import { OFFERED, type RunningSimulator } from "./simulator-registry";

/** Starts a platform's simulator on a free port, or returns why this machine cannot. */
export async function tryStart(platform: string): Promise<RunningSimulator | string> {
  const offer = OFFERED[platform];
  if (offer === undefined) throw new Error(`no simulator of ${platform}`);
  const without = platform === "proxmox" ? await fakepveMissing() : undefined;
  return without ?? offer(0).catch(missing);
}
