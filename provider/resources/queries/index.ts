import { z } from "zod";
import { checkTarget } from "./check-target";
import { getSnapshot } from "./get-snapshot";
import { getSnapshots } from "./get-snapshots";
import { readinessOutputs, snapshotInfoOutputs, snapshotsOutputs } from "./outputs";
import { query, queryFields } from "./query";

/** Every function, by its name. */
export const queries = {
  getSnapshots: query(
    {
      description: "The present tree of a VM's snapshots, managed and foreign.",
      fields: queryFields,
      outputs: snapshotsOutputs,
    },
    getSnapshots,
  ),
  getSnapshot: query(
    {
      description: "One snapshot of a VM, by the platform's id or by its name.",
      fields: {
        ...queryFields,
        snapshot: {
          schema: z.string().min(1, "name a snapshot"),
          change: "update",
          description: "The platform's id of the snapshot, or its name if that is unique on the VM.",
        },
      },
      outputs: snapshotInfoOutputs,
    },
    getSnapshot,
  ),
  checkTarget: query(
    {
      description:
        "Whether a VM is ready for a snapshot, whether it needs a consolidation, and which operations existing snapshots block. Changes nothing.",
      fields: queryFields,
      outputs: readinessOutputs,
    },
    checkTarget,
  ),
} as const;

export type QueryName = keyof typeof queries;
