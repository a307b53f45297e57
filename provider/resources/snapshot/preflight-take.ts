import type { SnapshotKind } from "../../platforms/contract";
import type { Context } from "../shared/lifecycle";
import { planResource } from "../shared/plan";
import { type Finding, warning } from "../shared/preflight";
import { snapshotPlanning } from "./plan";
import type { TakeSpec } from "./take";

/** What taking this snapshot would meet now, as the plan of a resource with these inputs says. */
export async function preflightTake(kind: SnapshotKind, spec: TakeSpec, context: Context): Promise<Finding[]> {
  const { memory, quiesce, ...others } = spec;
  const consistency = memory ? "memory" : quiesce === "require" ? "filesystem" : "crash";
  const inputs = kind === "snapshot" ? { ...spec } : { ...others, consistency };
  const { warnings, refusals } = await planResource(snapshotPlanning(kind), undefined, inputs, context);
  return [...warnings.map(warning), ...refusals];
}
