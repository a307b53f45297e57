import { offerVsphere } from "../vcsim/registration";
import { offerCloudmc } from "./cloudmc/registration";
import { offerCloudStack } from "./cloudstack/registration";
import { offerOvhVps } from "./ovh-vps/registration";
import { offerProxmox } from "./proxmox/registration";

/** A running simulator, with the information for its user. */
export interface RunningSimulator {
  /** A connection's settings, as in `snapstate:connections`. */
  connection: Record<string, string | number | boolean>;
  /** Its content, one line for each object. */
  contents: string[];
  close(): Promise<void>;
}

/** Starts a simulator. @param port 0 for any free port */
export type Offer = (port: number) => Promise<RunningSimulator>;

/** The simulators of `npm run simulator`, by platform. A new simulator is a line here. */
export const OFFERED: Readonly<Record<string, Offer>> = {
  vsphere: offerVsphere,
  cloudstack: offerCloudStack,
  cloudmc: offerCloudmc,
  "ovh-vps": offerOvhVps,
  proxmox: offerProxmox,
};
