/** A defect that the matrices have found, and the case that finds it again should it come back. */
export interface Defect {
  was: string;
  now: string;
  foundBy: string;
}

export const defects: Defect[] = [
  {
    was: "A change of name that the platform accepted and did not make was recorded as made, and no later run made it.",
    now: "An update looks at what it changed, and is an error while the platform shows the old text.",
    foundBy: "fault: OVHcloud VPS, edit in place, `PUT /vps/:vps/snapshot` answered by `null` and not carried out",
  },
  {
    was: "A run that was killed after OVHcloud had reverted, and so used the snapshot up, left a Restore that could not be created any more.",
    now: "The create of a Restore finds the revert in the platform's history and records it.",
    foundBy: "crash: OVHcloud VPS, restore, at the replies after the revert",
  },
];
