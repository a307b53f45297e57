import { asSnapstateError } from "../../core/errors";
import type { Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import { describeTarget } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { findTarget, knownTarget } from "../shared/find-target";
import type { Context, Values } from "../shared/lifecycle";
import { type Finding, preflight, refusal, warning } from "../shared/preflight";
import { adoptable, isReplacedBy } from "./adopt";
import { findMarked } from "./find";
import { guardCreate } from "./guards";
import { parseSnapshotInputs, type SnapshotInputs } from "./inputs";

/** Findings for a create, from one read of the target. Unknown inputs are not checked. */
export async function preflightCreate(
  kind: SnapshotKind,
  values: Values,
  driver: Driver,
  context: Context,
): Promise<Finding[]> {
  const inputs = judged(kind, values);
  const named = describeTarget(inputs.target);
  const call = beginOperation("read", inputs.timeouts, `check ${named}`, context);
  return preflight({ named, operation: call.operation }, async () => {
    const known = knownTarget(context.replaces?.state, inputs);
    const how = { freshness: "recent", readiness: true } as const;
    const target = await findTarget(driver, kind, inputs.target, known, call, how);
    const state = await driver.inspect(kind, target.id, call, how);
    const own = findMarked(state, inputs.marker, call.operation);
    // An interrupted run's snapshot is taken over, or its orphan removed first.
    if (own !== undefined && own.failed === undefined) return [];
    try {
      if (adoptable(inputs, state, call.operation) !== undefined) return [];
    } catch (error) {
      return [
        refusal(
          asSnapstateError(error, call.operation).message,
          inputs.adoptId === undefined ? "adoptExisting" : "adoptId",
        ),
      ];
    }
    const blockers = state.blockers.filter(({ snapshotId }) => !(own?.abandoned && snapshotId === own.id));
    const most = driver.maxSnapshots?.(kind);
    const isUnique = driver.textLimits?.(kind).name?.unique === true;
    const occupiesPlace = (snapshot: Snapshot) => most === 1 || (isUnique && snapshot.name === inputs.name);
    const replaced = state.snapshots.find(
      (snapshot) => occupiesPlace(snapshot) && isReplacedBy(snapshot, inputs.marker),
    );
    const snapshots = state.snapshots.filter((snapshot) => snapshot !== replaced && snapshot !== own);
    const removable = blockers.filter((blocker) => blocker.removable);
    const lasting = blockers.filter((blocker) => !blocker.removable);
    const found = guardFindings(kind, inputs, { ...state, snapshots, blockers: lasting }, most);
    if (isUnique && snapshots.some(({ name }) => name === inputs.name)) {
      const message = `it has a snapshot ${JSON.stringify(inputs.name)} already, and names are unique on the platform. Use another name, or adopt it`;
      found.push(refusal(message, "name"));
    }
    // The create waits for running tasks first, which may clear the obstacle.
    const findings = state.runningTasks.length === 0 ? found : found.map(({ message }) => warning(message));
    for (const { message } of removable) findings.push(warning(`${message}. Unless this program does so, up fails`));
    // The create finds the same and does not repeat it.
    for (const { message } of findings) context.memory.once(`${inputs.marker} ${message}`);
    const bare = `${named} can have only one snapshot${most === 1 ? "" : " of this name"}: the old one is deleted before the new one is taken.`;
    return [
      ...(replaced === undefined ? [] : [warning(bare)]),
      ...findings.map((finding) => ({ ...finding, message: `${named}: ${finding.message}.` })),
    ];
  });
}

/** The guards' findings, each on the input that can resolve it. */
function guardFindings(
  kind: SnapshotKind,
  inputs: SnapshotInputs,
  state: TargetState,
  most: number | undefined,
): Finding[] {
  const asRecoveryPoint = (property: string | undefined) =>
    property === "memory" || property === "quiesce" ? "consistency" : property;
  return guardCreate(inputs, state, most).map((finding) =>
    kind === "snapshot" ? finding : { ...finding, property: asRecoveryPoint(finding.property) },
  );
}

/** The inputs, with the least demanding value for those that are not known yet. */
function judged(kind: SnapshotKind, values: Values): SnapshotInputs {
  const unknown = (...keys: string[]) => keys.some((key) => hasUnknown(values[key]));
  return {
    ...parseSnapshotInputs(kind, values),
    ...(unknown("memory", "consistency") ? { memory: false } : {}),
    ...(unknown("quiesce", "consistency") ? { quiesce: "off" as const } : {}),
    ...(unknown("adoptExisting", "adoptId", "name", "memory", "quiesce", "consistency")
      ? { adoptExisting: false, adoptId: undefined }
      : {}),
    ...(unknown("limits") ? { limits: undefined } : {}),
    ...(unknown("timeouts") ? { timeouts: undefined } : {}),
  };
}
