import type { Feature, Support } from "../contract";
import type { TextLimits } from "../text-limits";

export const NAME = "Proxmox VE";

const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

/** Features that virtual machines have and containers lack. */
export const CONTAINER_MEMORY = no("cannot save the memory of a container", "Omit it");

const MISSING: Partial<Record<Feature, Support>> = {
  rename: no("cannot rename snapshots", "Keep the name, or take another snapshot by changing its triggers"),
  "remove-children": no("deletes one snapshot at a time", "Omit removeChildren"),
  "keep-disks": no("merges disks when it deletes", "Omit consolidate"),
  consolidate: no("merges disks when it deletes a snapshot", "Delete the snapshot instead"),
};

export function support(feature: Feature): Support {
  return MISSING[feature] ?? { supported: true };
}

export const TEXT_LIMITS: TextLimits = {
  name: {
    min: 2,
    max: 40,
    unique: true,
    character: /[A-Za-z0-9_-]/,
    first: /[A-Za-z]/,
    reserved: /^(current|pending|vzdump)$/i,
    rule: "letters, digits, - and _, a letter first",
  },
};
