import { ignoreNotFound, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CreatedSnapshot, CreateSpec, Driver, InspectOptions, RemoveOptions, SnapshotEdit } from "../contract";
import type { RunningTask, SnapshotKind, SnapshotRef, Target, TargetSelector, TargetState } from "../contract-types";
import { MARKER_ROOM } from "../ownership";
import { unsupported } from "../shared/refusals";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { Actions } from "./actions";
import { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { created, stateAfter } from "./create";
import { CloudStackDerived } from "./derived";
import { OTHERS_ACTIVE, wrapErrors } from "./errors";
import { supportOf } from "./features";
import { idOf, WORDS } from "./kinds";
import { STUCK, targetState } from "./mapping";
import { TargetReader } from "./reader";
import { Readiness } from "./readiness";
import { refuseForecast, revertForecast } from "./revert";
import { Scope } from "./scope";
import type { CloudStackSettings } from "./settings";
import { StalledSnapshots } from "./stalled-snapshots";
import { selectorProblem, Targets } from "./targets";
import { MAX_TEXT, nextGeneration, tagParameters, textKeys, textTags } from "./texts";

const NAME = "CloudStack";

/** CloudStack by its API. Snapshot is a volume snapshot, RecoveryPoint a VM snapshot. */
export class CloudStackDriver implements Driver {
  readonly platform = "cloudstack";
  readonly supports = supportOf;
  readonly selectorProblem = selectorProblem;
  readonly forecastRevert = revertForecast;
  readonly derived: CloudStackDerived;
  private readonly api: CloudStackApi;
  private readonly actions: Actions;
  private readonly scope: Scope;
  private readonly readers: Record<SnapshotKind, TargetReader>;
  private readonly readiness: Readiness;
  private readonly stuck: StalledSnapshots;

  constructor(private readonly settings: CloudStackSettings) {
    this.api = new CloudStackApi(settings);
    this.actions = new Actions(this.api);
    this.scope = new Scope(this.api, settings);
    const reader = (kind: SnapshotKind) => new TargetReader(kind, this.api, this.scope, settings.pageSize);
    this.readers = { snapshot: reader("snapshot"), "recovery-point": reader("recovery-point") };
    const { stuckAfter } = settings;
    this.derived = new CloudStackDerived(this.api, this.actions, this.scope, settings.pageSize, stuckAfter);
    this.readiness = new Readiness(this.api, this.scope, settings.pageSize);
    this.stuck = new StalledSnapshots(this.api, this.actions, { pageSize: settings.pageSize, stuckAfter });
  }

  textLimits(kind: SnapshotKind): TextLimits {
    return { name: { max: kind === "snapshot" ? MAX_TEXT - MARKER_ROOM : MAX_TEXT } };
  }

  maxSnapshots(kind: SnapshotKind): number | undefined {
    return kind === "recovery-point" ? this.settings.vmSnapshotLimit : undefined;
  }

  installation(call: OperationContext): Promise<string> {
    return wrapErrors(call, async () => (await this.scope.limits(call)).installation);
  }

  findTarget(
    kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    how?: Pick<InspectOptions, "freshness">,
  ): Promise<Target> {
    return wrapErrors(call, () => new Targets(kind, this.readers[kind]).find(selector, call, how));
  }

  listTargets(kind: SnapshotKind, call: OperationContext): Promise<Target[]> {
    return wrapErrors(call, () => new Targets(kind, this.readers[kind]).list(call));
  }

  inspect(
    kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    return wrapErrors(call, async () => {
      const reader = this.readers[kind];
      const first = await reader.read(targetId, how, call);
      const { read, stuck } = await this.stuck.find(kind, first, () => reader.read(targetId, {}, call), call);
      const state = targetState(kind, targetId, read, { jobOf: (id) => this.actions.jobOf(id), stuck });
      return this.readiness.add(kind, state, read.target, how, call);
    });
  }

  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const running = async () => (await this.inspect(kind, targetId, call)).runningTasks;
    const ended = ({ id }: RunningTask) => (this.actions.isJob(id) ? this.actions.settled(id, call) : undefined);
    return wrapErrors(call, () => settleTasks(running, { first: 200, max: 5000 }, call, ended));
  }

  createSnapshot(
    kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    return this.change(kind, targetId, call, async () => {
      try {
        const possible = await this.possible(kind, targetId, spec, call);
        const snapshot = await created(this.actions, kind, targetId, possible, call);
        return { ...snapshot, ...(await stateAfter(this.actions, this.readers[kind], targetId, snapshot, call)) };
      } catch (error) {
        if (!(error instanceof CloudStackFailure) || OTHERS_ACTIVE.test(error.text)) throw error;
        throw await this.readiness.reasonOf(error, kind, targetId, call);
      }
    });
  }

  /** If a stalled snapshot causes the refusal, a retry cannot help: name it, with the remedy. */
  private async explainBusy(
    error: unknown,
    kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
  ): Promise<never> {
    if (!(error instanceof CloudStackFailure) || !OTHERS_ACTIVE.test(error.text)) throw error;
    this.readers[kind].changed(targetId);
    const { blockers } = await this.inspect(kind, targetId, call);
    const stuck = blockers.find(({ code }) => code === STUCK);
    if (stuck === undefined) throw error;
    const detail = `${error.text} (${stuck.message})`;
    throw new SnapstateError({ kind: "conflict", operation: call.operation, detail, code: String(error.code) });
  }

  /** Only the description, which is then stored in tags. */
  editSnapshot(kind: SnapshotKind, snapshot: SnapshotRef, edit: SnapshotEdit, call: OperationContext): Promise<void> {
    return this.change(kind, snapshot.targetId, call, async () => {
      const row = await this.rowOf(kind, snapshot, call);
      if (edit.name !== undefined) throw unsupported(NAME, supportOf(kind, "rename"), call);
      if (edit.text === undefined) return;
      const whose = { resourceids: snapshot.snapshotId, resourcetype: WORDS[kind].snapshots.resourceType };
      const tags = textTags(edit.text, nextGeneration(row));
      await this.actions.run("createTags", { ...whose, ...tagParameters(tags) }, call);
      await this.dropTags(whose, textKeys(row), call);
    });
  }

  /** The new tags are effective already, so old ones are harmless: the next edit removes them. */
  private async dropTags(whose: Parameters, keys: string[], call: OperationContext): Promise<void> {
    if (keys.length === 0) return;
    const old = Object.fromEntries(keys.map((key, index) => [`tags[${index}].key`, key]));
    try {
      await this.actions.run("deleteTags", { ...whose, ...old }, call);
    } catch (error) {
      if (!(error instanceof CloudStackFailure)) throw error;
      call.report({ message: `tags with the former description remain: ${error.text}`, severity: "warning" });
    }
  }

  removeSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void> {
    return this.change(kind, snapshot.targetId, call, async () => {
      const { supported } = supportOf(kind, "remove-children");
      if (options.removeChildren && !supported) throw unsupported(NAME, supportOf(kind, "remove-children"), call);
      const below = options.removeChildren ? await this.below(kind, snapshot, call) : [];
      for (const snapshotId of below) await this.remove(kind, { ...snapshot, snapshotId }, call).catch(ignoreNotFound);
      await this.remove(kind, snapshot, call);
    });
  }

  revertToSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    _options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    return this.change(kind, snapshot.targetId, call, async () => {
      const state = await this.inspect(kind, snapshot.targetId, call);
      const found = state.snapshots.find(({ id }) => id === snapshot.snapshotId);
      if (found === undefined) throw noSuch(kind, snapshot, call);
      refuseForecast(revertForecast(kind, state, found), call);
      const { command, id } = WORDS[kind].revert;
      await this.actions.run(command, { [id]: snapshot.snapshotId }, call, snapshot.snapshotId);
    });
  }

  async close(): Promise<void> {
    this.api.close();
  }

  /** Storage that cannot quiesce refuses the request; the snapshot then records what was obtained. */
  private async possible(
    kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreateSpec> {
    if (kind === "recovery-point" || spec.quiesce === undefined) return spec;
    const { target } = await this.readers[kind].read(targetId, {}, call);
    return target?.quiescevm === true ? spec : { ...spec, quiesce: undefined };
  }

  private async rowOf(kind: SnapshotKind, ref: SnapshotRef, call: OperationContext): Promise<Entity> {
    const { snapshots } = await this.readers[kind].read(ref.targetId, {}, call);
    const row = snapshots.find((candidate) => idOf(candidate) === ref.snapshotId);
    if (row === undefined) throw noSuch(kind, ref, call);
    return row;
  }

  private async remove(kind: SnapshotKind, ref: SnapshotRef, call: OperationContext): Promise<void> {
    const { command, id } = WORDS[kind].remove;
    try {
      await this.actions.run(command, { [id]: ref.snapshotId }, call, ref.snapshotId);
    } catch (error) {
      // A job that waited for another removal of the same snapshot fails with an ambiguous message.
      if (!(error instanceof CloudStackFailure) || error.jobId === undefined) throw error;
      const { snapshots } = await this.readers[kind].read(ref.targetId, {}, call);
      if (snapshots.some((row) => idOf(row) === ref.snapshotId)) throw error;
      throw noSuch(kind, ref, call);
    }
  }

  /** Ids of all descendants, lowest first. */
  private async below(
    kind: SnapshotKind,
    { targetId, snapshotId }: SnapshotRef,
    call: OperationContext,
  ): Promise<string[]> {
    const { snapshots } = await this.inspect(kind, targetId, call);
    const found = new Set([snapshotId]);
    for (const { id, parentId } of snapshots) if (parentId !== undefined && found.has(parentId)) found.add(id);
    found.delete(snapshotId);
    return [...found].reverse();
  }

  private async change<T>(
    kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    work: () => Promise<T>,
  ): Promise<T> {
    this.readers[kind].changed(targetId);
    try {
      return await wrapErrors(call, () =>
        work().catch((error: unknown) => this.explainBusy(error, kind, targetId, call)),
      );
    } finally {
      this.readers[kind].changed(targetId);
    }
  }
}

function noSuch(kind: SnapshotKind, { targetId, snapshotId }: SnapshotRef, call: OperationContext): SnapstateError {
  const detail = `${WORDS[kind].snapshots.word} ${snapshotId} of ${targetId} does not exist`;
  return new SnapstateError({ kind: "not-found", operation: call.operation, detail });
}
