import type { PointKind } from "../../hypervisors/contract";
import { refuseHeld } from "../core/hold";
import type { Lifecycle } from "../core/lifecycle";
import { lifecycleOf } from "../core/plan";
import { listPoints } from "../queries/list-points";
import { createPoint } from "./create";
import { deletePoint } from "./delete";
import { pointPlanning } from "./plan";
import { readPoint } from "./read";
import { updatePoint } from "./update";

function pointLifecycle(type: string, kind: PointKind, description: string): Lifecycle {
  return lifecycleOf(pointPlanning(kind), {
    type,
    description,
    create: (inputs, context) => createPoint(kind, inputs, context),
    read: (id, state, context) => readPoint(kind, id, state, context),
    update: (id, state, news, context) => updatePoint(kind, id, state, news, context),
    delete: (id, state, context) => deletePoint(kind, id, state, context),
    refuseDelete: refuseHeld,
    list: (args, context) => listPoints(kind, args, context),
  });
}

/** What the platform itself calls a snapshot. */
export const snapshot = pointLifecycle(
  "Snapshot",
  "snapshot",
  "What the platform itself calls a snapshot: on vSphere, a VM snapshot. A snapshot is not a backup.",
);

/** A whole-VM restore point with a stated consistency. */
export const recoveryPoint = pointLifecycle(
  "RecoveryPoint",
  "recovery-point",
  "A whole-VM restore point with a stated consistency, which is verified after it was taken.",
);
