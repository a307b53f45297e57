import { asSnapstateError, isSnapstateError } from "../../errors";
import type { Feature, Hypervisor, Point, PointKind } from "../../hypervisors/contract";
import { assignMarker, isFailure, openForCheck, unsupported } from "../core/check-parts";
import { checkFields, diffFields } from "../core/fields";
import { findTarget } from "../core/find-target";
import type { CheckFailure, CheckResult, Context, Values } from "../core/lifecycle";
import { nextMarker, splitMarker } from "../core/marker";
import { beginCall } from "../core/operation";
import { describeTarget } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { fieldsOf } from "./fields";
import { findMarked } from "./find";
import { guardCreate } from "./guards";
import { type PointInputs, pointInputs } from "./inputs";

/** Checks the inputs, fills in defaults and the marker, and says at preview what would go wrong later. */
export async function checkPoint(
  kind: PointKind,
  olds: Values | undefined,
  news: Values,
  context: Context,
): Promise<CheckResult> {
  const { inputs, failures } = checkFields(fieldsOf(kind), news);
  failures.push(...crossFailures(inputs, kind));
  assignMarker(inputs, olds, context);
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };

  const point = pointInputs(kind, inputs);
  const hypervisor = openForCheck(point.connection, context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  failures.push(...beyondPlatform(kind, point, hypervisor, editsOf(kind, olds, inputs)));
  const warnings: string[] = [];
  if (point.memory && point.quiesce === "prefer") {
    warnings.push(
      "With memory the guest is not quiesced: the memory holds what the disks lack. quiesce has no effect.",
    );
  }
  const isNew = olds === undefined;
  if (isNew && failures.length === 0 && !hasUnknown(inputs)) {
    warnings.push(...(await foresee(kind, point, hypervisor, context)));
  }
  return { inputs, failures, warnings };
}

function crossFailures(inputs: Values, kind: PointKind): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (inputs.expiresAt !== undefined && inputs.ttl !== undefined) {
    failures.push({ property: "ttl", reason: "give expiresAt or ttl, not both" });
  }
  if (inputs.adoptExisting === true && inputs.name === undefined) {
    failures.push({
      property: "name",
      reason: "is required with adoptExisting: true, to say which snapshot to take over. Or give adoptExisting its id",
    });
  }
  if (kind === "snapshot" && inputs.memory === true && inputs.quiesce === "require") {
    failures.push({
      property: "quiesce",
      reason:
        "memory and quiesce exclude each other: with memory a revert brings the running guest back, so its files need no quiescing. Use one of them",
    });
  }
  return failures;
}

function beyondPlatform(
  kind: PointKind,
  inputs: PointInputs,
  hypervisor: Hypervisor,
  edited: (property: string) => boolean,
): CheckFailure[] {
  const wanted: [Feature, string, boolean][] = [
    ["create", "target", true],
    ["memory", kind === "snapshot" ? "memory" : "consistency", inputs.memory],
    ["quiesce", kind === "snapshot" ? "quiesce" : "consistency", inputs.quiesce === "require"],
    ["description", "description", inputs.description !== undefined],
    ["rename", "name", inputs.name !== undefined && edited("name")],
    ["describe", "description", edited("description")],
    // To take one over is to write the marker on it.
    ["describe", "adoptExisting", inputs.adoptExisting !== false],
    ["remove-children", "removeChildren", inputs.removeChildren],
    ["keep-disks", "consolidate", !inputs.consolidate],
  ];
  const failures = unsupported(hypervisor, kind, wanted);
  return failures.filter(({ property }, index) => failures.findIndex((other) => other.property === property) === index);
}

/** Which inputs are to change on the snapshot that is there; one that is replaced gets its texts when it is made. */
function editsOf(kind: PointKind, olds: Values | undefined, news: Values): (property: string) => boolean {
  if (olds === undefined) return () => false;
  const { updates, replaces } = diffFields(fieldsOf(kind), olds, news);
  return (property) => replaces.length === 0 && updates.includes(property);
}

/**
 * Looks at the target when it is there already, so that a preview shows what the create would meet. A VM that the same
 * program has yet to make is not there, and a platform that does not answer is the create's business, so neither fails.
 */
async function foresee(
  kind: PointKind,
  inputs: PointInputs,
  hypervisor: Hypervisor,
  context: Context,
): Promise<string[]> {
  const call = beginCall("read", inputs.timeouts, `check ${describeTarget(inputs.target)}`, context);
  try {
    const known = context.memory.knownTarget(context.owner ?? inputs.owner, [inputs.connection, inputs.target]);
    const target = await findTarget(hypervisor, kind, inputs.target, known, call, { freshness: "recent" });
    const state = await hypervisor.inspect(kind, target.id, call, { freshness: "recent", readiness: true });
    const own = findMarked(state, inputs.marker, call.doing);
    // What an interrupted run has left is taken over, or cleared first.
    if (own !== undefined && own.failed === undefined) return [];
    const blockers = state.blockers.filter(({ pointId }) => !(own?.abandoned && pointId === own.id));
    const most = hypervisor.maxPoints(kind);
    const first = most === 1 ? replacedBy(inputs.marker, state.points) : undefined;
    const points = state.points.filter((point) => point !== first && point !== own);
    const findings = guardCreate(inputs, { ...state, points, blockers }, most).map(({ severity, message }) => {
      // The create finds the same, and then need not say it again.
      context.memory.once(`${inputs.marker} ${message}`);
      return `${describeTarget(inputs.target)}: ${message}${severity === "refusal" ? ". The create will be refused" : ""}.`;
    });
    if (first === undefined) return findings;
    const bare = `${describeTarget(inputs.target)} has room for one: the old one is deleted first, and until the new one is taken there is none.`;
    return [bare, ...findings];
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return [`${describeTarget(inputs.target)} does not exist yet.`];
    return [asSnapstateError(error, call.doing).message];
  }
}

/** The point that one with this marker replaces. */
function replacedBy(marker: string, points: Point[]): Point | undefined {
  return points.find(({ description }) => {
    const old = splitMarker(description).marker;
    return old !== undefined && nextMarker(old) === marker;
  });
}
