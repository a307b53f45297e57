import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver } from "../contract";
import type { SnapshotKind, Target, TargetSelector } from "../contract-types";
import type { CloudmcDriver } from "./driver";

/**
 * A CloudMC whose recovery points are served by the CloudStack below it, which documents them fully. Instances are
 * found by their names in CloudMC and then identified by CloudStack's ids.
 */
export function overCloudstack(own: CloudmcDriver, open: () => Driver): Driver {
  const serving = (kind: SnapshotKind): Driver => (kind === "snapshot" ? own : cloudstack(open));
  return {
    platform: own.platform,
    derived: own.derived,
    supports: (kind, feature) => serving(kind).supports(kind, feature),
    selectorProblem: (kind, selector) => serving(kind).selectorProblem?.(kind, selector),
    textLimits: (kind) => serving(kind).textLimits?.(kind) ?? {},
    maxSnapshots: (kind) => serving(kind).maxSnapshots?.(kind),
    installation: () => own.installation(),
    findTarget: (kind, selector, call) =>
      kind === "snapshot" ? own.findTarget(kind, selector, call) : findBelow(own, cloudstack(open), selector, call),
    listTargets: async (kind, call) => {
      const by = serving(kind);
      return by.listTargets ? by.listTargets(kind, call) : [];
    },
    inspect: (kind, ...rest) => serving(kind).inspect(kind, ...rest),
    settle: (kind, ...rest) => serving(kind).settle(kind, ...rest),
    createSnapshot: (kind, ...rest) => serving(kind).createSnapshot(kind, ...rest),
    editSnapshot: (kind, ...rest) => serving(kind).editSnapshot(kind, ...rest),
    removeSnapshot: (kind, ...rest) => serving(kind).removeSnapshot(kind, ...rest),
    revertToSnapshot: (kind, ...rest) => serving(kind).revertToSnapshot(kind, ...rest),
    forecastRevert: (kind, state, snapshot, options) => {
      const by = serving(kind);
      const unknown = { powerAfter: snapshot.powerState, consumesSnapshot: false };
      return by.forecastRevert?.(kind, state, snapshot, options) ?? unknown;
    },
    // The CloudStack connection belongs to the pool, which closes it.
    close: () => own.close(),
  };
}

/** Ids may differ between the two; names are equal. */
async function findBelow(
  own: CloudmcDriver,
  below: Driver,
  selector: TargetSelector,
  call: OperationContext,
): Promise<Target> {
  const { name } = await own.findTarget("recovery-point", selector, call);
  return below.findTarget("recovery-point", { by: "name", value: name }, call);
}

function cloudstack(open: () => Driver): Driver {
  const below = open();
  if (below.platform === "cloudstack") return below;
  throw new SnapstateError({
    kind: "bad-input",
    operation: "open the CloudMC connection",
    detail: `its setting cloudstack names a connection of the platform ${below.platform}`,
    hint: "Name a connection to the CloudStack below this CloudMC",
  });
}
