import type { Feature, Support } from "../contract";
import type { TextLimits } from "../text-limits";

export const NAME = "Proxmox VE";

const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

/** What containers lack and virtual machines have. */
export const CONTAINER_MEMORY = no("keeps no memory of a container", "Leave it out");

const MISSING: Partial<Record<Feature, Support>> = {
  rename: no("does not rename snapshots", "Keep the name, or take another snapshot by changing its triggers"),
  "remove-children": no("deletes one snapshot at a time", "Leave removeChildren out"),
  "keep-disks": no("merges disks when it deletes", "Leave consolidate at true"),
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
