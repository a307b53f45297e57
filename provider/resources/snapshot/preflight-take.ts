import type { SnapshotKind } from "../../platforms/contract";
import type { Context } from "../shared/lifecycle";
import { planResource } from "../shared/plan";
import { type Finding, warning } from "../shared/preflight";
import { snapshotPlanning } from "./plan";
import type { TakeSpec } from "./take";

/** The findings for this snapshot, as in a plan of a resource with these inputs. */
export async function preflightTake(kind: SnapshotKind, spec: TakeSpec, context: Context): Promise<Finding[]> {
  const { memory, quiesce, ...others } = spec;
  const consistency = memory ? "memory" : quiesce === "require" ? "filesystem" : "crash";
  const inputs = kind === "snapshot" ? { ...spec } : { ...others, consistency };
  const { warnings, refusals } = await planResource(snapshotPlanning(kind), undefined, inputs, context);
  return [...warnings.map(warning), ...refusals];
}
