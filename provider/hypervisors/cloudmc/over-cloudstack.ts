import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { Hypervisor } from "../contract";
import type { PointKind, Target, TargetSelector } from "../contract-types";
import type { CloudmcHypervisor } from "./driver";

/**
 * A CloudMC whose recovery points are served by the CloudStack below it, which documents all of them. Instances are found
 * in CloudMC by what its users call them, and known by CloudStack's ids from then on.
 */
export function overCloudstack(own: CloudmcHypervisor, open: () => Hypervisor): Hypervisor {
  const serving = (kind: PointKind): Hypervisor => (kind === "snapshot" ? own : cloudstack(open));
  return {
    platform: own.platform,
    copies: own.copies,
    supports: (kind, feature) => serving(kind).supports(kind, feature),
    selectorProblem: (kind, selector) => serving(kind).selectorProblem?.(kind, selector),
    textLimits: (kind) => serving(kind).textLimits?.(kind) ?? {},
    maxPoints: (kind) => serving(kind).maxPoints(kind),
    installation: () => own.installation(),
    findTarget: (kind, selector, call) =>
      kind === "snapshot" ? own.findTarget(kind, selector, call) : findBelow(own, cloudstack(open), selector, call),
    listTargets: async (kind, call) => {
      const by = serving(kind);
      return by.listTargets ? by.listTargets(kind, call) : [];
    },
    inspect: (kind, ...rest) => serving(kind).inspect(kind, ...rest),
    settle: (kind, ...rest) => serving(kind).settle(kind, ...rest),
    createPoint: (kind, ...rest) => serving(kind).createPoint(kind, ...rest),
    editPoint: (kind, ...rest) => serving(kind).editPoint(kind, ...rest),
    removePoint: (kind, ...rest) => serving(kind).removePoint(kind, ...rest),
    removeAllPoints: (kind, ...rest) => serving(kind).removeAllPoints(kind, ...rest),
    revertToPoint: (kind, ...rest) => serving(kind).revertToPoint(kind, ...rest),
    foreseeRevert: (kind, state, point, options) => {
      const by = serving(kind);
      const unknown = { powerAfter: point.powerState, consumesPoint: false };
      return by.foreseeRevert?.(kind, state, point, options) ?? unknown;
    },
    // The CloudStack connection is the pool's, and is closed with the others there.
    close: () => own.close(),
  };
}

/** The ids of the two need not be the same; names are what both have. */
async function findBelow(
  own: CloudmcHypervisor,
  below: Hypervisor,
  selector: TargetSelector,
  call: Call,
): Promise<Target> {
  const { name } = await own.findTarget("recovery-point", selector, call);
  return below.findTarget("recovery-point", { by: "name", value: name }, call);
}

function cloudstack(open: () => Hypervisor): Hypervisor {
  const below = open();
  if (below.platform === "cloudstack") return below;
  throw new SnapstateError({
    kind: "bad-input",
    doing: "open the CloudMC connection",
    answered: `its setting cloudstack names a connection of the platform ${below.platform}`,
    hint: "Name a connection to the CloudStack below this CloudMC",
  });
}
