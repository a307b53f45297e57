import type { SnapshotKind } from "../../platforms/contract";
import { listSnapshots } from "../queries/list-snapshots";
import { refuseHeld } from "../shared/hold";
import type { Lifecycle } from "../shared/lifecycle";
import { lifecycleOf } from "../shared/plan";
import { createSnapshot } from "./create";
import { deleteSnapshot } from "./delete";
import { snapshotKey } from "./inputs";
import { snapshotPlanning } from "./plan";
import { readSnapshot } from "./read";
import { updateSnapshot } from "./update";

function snapshotLifecycle(type: string, kind: SnapshotKind, description: string): Lifecycle {
  return lifecycleOf(snapshotPlanning(kind), {
    type,
    description,
    create: (inputs, context) => createSnapshot(kind, inputs, context),
    read: (id, state, context) => readSnapshot(kind, id, state, context),
    update: (id, state, news, context) => updateSnapshot(kind, id, state, news, context),
    delete: (id, state, context) => deleteSnapshot(kind, id, state, context),
    keyOf: snapshotKey,
    refuseDelete: refuseHeld,
    list: (args, context) => listSnapshots(kind, args, context),
  });
}

/** What the platform itself calls a snapshot. */
export const snapshot = snapshotLifecycle(
  "Snapshot",
  "snapshot",
  "What the platform itself calls a snapshot: on vSphere, a VM snapshot. A snapshot is not a backup.",
);

/** A whole-VM restore point with a stated consistency. */
export const recoveryPoint = snapshotLifecycle(
  "RecoveryPoint",
  "recovery-point",
  "A whole-VM restore point with a stated consistency, verified after it is taken.",
);
