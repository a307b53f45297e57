import { offerVsphere } from "../vcsim/registration";
import { offerCloudmc } from "./cloudmc/registration";
import { offerCloudStack } from "./cloudstack/registration";
import { offerOvhVps } from "./ovh-vps/registration";
import { offerProxmox } from "./proxmox/registration";

/** A simulator that runs for a person, and what that person has to know of it. */
export interface RunningSimulator {
  /** A connection's settings, in the form of `snapstate:connections`. */
  connection: Record<string, string | number | boolean>;
  /** What is in it, one line each. */
  contents: string[];
  close(): Promise<void>;
}

/** Starts one. @param port 0 for any free one */
export type Offer = (port: number) => Promise<RunningSimulator>;

/** What `npm run simulator` knows, by the platform's name. A new simulator is a line here. */
export const OFFERED: Readonly<Record<string, Offer>> = {
  vsphere: offerVsphere,
  cloudstack: offerCloudStack,
  cloudmc: offerCloudmc,
  "ovh-vps": offerOvhVps,
  proxmox: offerProxmox,
};
