import type { PointKind } from "../../hypervisors/contract";
import type { Lifecycle } from "../core/lifecycle";
import { listPoints } from "../queries/list-points";
import { checkPoint } from "./check";
import { createPoint } from "./create";
import { deletePoint } from "./delete";
import { diffPoint } from "./diff";
import { fieldsOf, pointOutputs } from "./fields";
import { readPoint } from "./read";
import { updatePoint } from "./update";

function pointLifecycle(type: string, kind: PointKind, description: string): Lifecycle {
  return {
    type,
    description,
    fields: fieldsOf(kind),
    outputs: pointOutputs,
    check: (olds, news, context) => checkPoint(kind, olds, news, context),
    diff: (_id, state, news, context) => diffPoint(kind, state, news, context),
    create: (inputs, context) => createPoint(kind, inputs, context),
    read: (id, state, context) => readPoint(kind, id, state, context),
    update: (id, state, news, context) => updatePoint(kind, id, state, news, context),
    delete: (id, state, context) => deletePoint(kind, id, state, context),
    list: (args, context) => listPoints(kind, args, context),
  };
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
