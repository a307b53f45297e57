import { isDeepStrictEqual } from "node:util";
import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, Target, TargetState } from "../../platforms/contract";
import { describeTarget, type TargetInput } from "../../schema/target-input";
import { findTarget, type KnownTarget } from "../shared/find-target";
import { type Member, type PolicyInputs, type PolicyState, rulesOf, seriesOf } from "./inputs";
import { type Candidate, type Decision, decide } from "./retention";

/** One run of a policy: inputs, targets, and how its own snapshots are recognised. */
export interface Job {
  inputs: PolicyInputs;
  driver: Driver;
  installation: string;
  /** In the order of the inputs. */
  targets: Target[];
  /** Markers of snapshots in the state, for platforms that cannot store the name of the series. */
  known: ReadonlySet<string>;
  call: OperationContext;
}

/** @throws SnapstateError `bad-input` when two inputs name one VM */
export async function findTargets(
  inputs: PolicyInputs,
  state: PolicyState,
  driver: Driver,
  call: OperationContext,
): Promise<Target[]> {
  const find = (target: TargetInput) =>
    findTarget(driver, inputs.kind, target, knownMember(state, inputs.connection, target), call);
  const targets = await Promise.all(inputs.targets.map(find));
  for (const [index, { id, name }] of targets.entries()) {
    const first = targets.findIndex((other) => other.id === id);
    if (first === index) continue;
    const [one, another] = [first, index].map((at) => inputs.targets[at] as TargetInput) as [TargetInput, TargetInput];
    throw new SnapstateError({
      kind: "bad-input",
      operation: call.operation,
      detail: oneVm(one, another, { id, name }),
    });
  }
  return targets;
}

/** Why a group must not list a VM twice. */
export function oneVm(one: TargetInput, another: TargetInput, { id, name }: Pick<Target, "id" | "name">): string {
  return `${describeTarget(one)} and ${describeTarget(another)} are the same VM, ${JSON.stringify(name)} (${id}). List it once in \`targets\``;
}

/** The state's entry for a VM of the group, by the input that named it. */
export function knownMember(state: PolicyState, connection: string, target: TargetInput): KnownTarget | undefined {
  const { targets = [], members = [], installation } = state;
  if (state.connection !== connection || installation === undefined) return undefined;
  // The members are in the order of the inputs.
  const member = members[targets.findIndex((other) => isDeepStrictEqual(other, target))];
  return member && { id: member.targetId, installation };
}

export function knownMarkers({ members = [], unfinished }: PolicyState): Set<string> {
  const markers = members.flatMap(({ snapshots }) => snapshots.map(({ marker }) => marker));
  return new Set(unfinished === undefined ? markers : [...markers, unfinished]);
}

/** Whether the policy made it: it carries a marker, and either this series' name or a marker that the state knows. */
export function isOurs(snapshot: Snapshot, series: string, known: ReadonlySet<string>): boolean {
  // A failed snapshot cannot be reverted to, so it must not count as kept.
  if (snapshot.failed !== undefined) return false;
  const { ownership } = snapshot;
  return ownership !== undefined && (ownership.series === series || known.has(ownership.marker));
}

/** The series on one target, newest first. */
export function memberOf(job: Pick<Job, "inputs" | "known">, state: TargetState): Member {
  const series = seriesOf(job.inputs);
  const snapshots = state.snapshots
    .filter((snapshot) => isOurs(snapshot, series, job.known))
    .map(({ id, name, createdAt, ownership: { marker = "", hold = false } = {} }) => ({
      ...{ id, name, createdAt, marker },
      held: hold,
    }))
    .sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1));
  return { targetId: state.target.id, targetName: state.target.name, snapshots };
}

/** The decisions for all snapshots on one target, and for one that is about to be taken. */
export function planFor(
  job: Pick<Job, "inputs" | "known">,
  state: TargetState,
  now: number,
  taking: boolean,
): (Decision & { snapshot?: Snapshot })[] {
  const series = seriesOf(job.inputs);
  const byId = new Map(state.snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const candidates: Candidate[] = state.snapshots.map((snapshot) => ({
    id: snapshot.id,
    createdAt: Date.parse(snapshot.createdAt),
    ours: isOurs(snapshot, series, job.known),
    held: job.inputs.hold || (snapshot.ownership?.hold ?? false),
  }));
  if (taking) candidates.push({ id: PLANNED_ID, createdAt: now, ours: true, held: false });
  return decide(candidates, rulesOf(job.inputs), now).map((decision) => ({
    ...decision,
    snapshot: byId.get(decision.id),
  }));
}

/** Placeholder id of a snapshot that is not taken yet. */
export const PLANNED_ID = "\u0000new";
