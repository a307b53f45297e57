import { onlyGone, SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type {
  CreatedPoint,
  CreateSpec,
  Feature,
  Hypervisor,
  InspectOptions,
  PointEdit,
  RemoveOptions,
  RevertForecast,
  Support,
} from "../contract";
import type { Point, PointKind, PointRef, RunningTask, Target, TargetSelector, TargetState } from "../contract-types";
import { MARKER_ROOM } from "../ownership";
import { unsupported } from "../shared/refusals";
import { removeEach } from "../shared/remove-each";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { Actions } from "./actions";
import { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { CloudStackCopies } from "./copies";
import { created } from "./create";
import { OTHERS_ACTIVE, told } from "./faults";
import { supportOf } from "./features";
import { idOf, WORDS } from "./kinds";
import { TargetReader } from "./reader";
import { Readiness } from "./readiness";
import { refuseForeseen, revertForecast } from "./revert";
import { Scope } from "./scope";
import type { CloudStackSettings } from "./settings";
import { STUCK, targetState } from "./state";
import { StuckSnapshots } from "./stuck";
import { selectorProblem, Targets } from "./targets";
import { MAX_TEXT, nextGeneration, tagParameters, textKeys, textTags } from "./texts";

const NAME = "CloudStack";

/** CloudStack by its API. Snapshot is a volume snapshot, RecoveryPoint a VM snapshot. */
export class CloudStackHypervisor implements Hypervisor {
  readonly platform = "cloudstack";
  readonly copies: CloudStackCopies;
  private readonly api: CloudStackApi;
  private readonly actions: Actions;
  private readonly scope: Scope;
  private readonly readers: Record<PointKind, TargetReader>;
  private readonly readiness: Readiness;
  private readonly stuck: StuckSnapshots;

  constructor(private readonly settings: CloudStackSettings) {
    this.api = new CloudStackApi(settings);
    this.actions = new Actions(this.api);
    this.scope = new Scope(this.api, settings);
    const reader = (kind: PointKind) => new TargetReader(kind, this.api, this.scope, settings.pageSize);
    this.readers = { snapshot: reader("snapshot"), "recovery-point": reader("recovery-point") };
    const stuckAfter = settings.stuckAfterSeconds * 1000;
    this.copies = new CloudStackCopies(this.api, this.actions, this.scope, settings.pageSize, stuckAfter);
    this.readiness = new Readiness(this.api, this.scope, settings.pageSize);
    this.stuck = new StuckSnapshots(this.api, this.actions, { pageSize: settings.pageSize, stuckAfter });
  }

  supports(kind: PointKind, feature: Feature): Support {
    return supportOf(kind, feature);
  }

  selectorProblem(kind: PointKind, selector: TargetSelector): string | undefined {
    return selectorProblem(kind, selector);
  }

  textLimits(kind: PointKind): TextLimits {
    return { name: { max: kind === "snapshot" ? MAX_TEXT - MARKER_ROOM : MAX_TEXT } };
  }

  maxPoints(kind: PointKind): number | undefined {
    return kind === "recovery-point" ? this.settings.vmSnapshotLimit : undefined;
  }

  installation(call: Call): Promise<string> {
    return told(call, async () => (await this.scope.limits(call)).installation);
  }

  findTarget(kind: PointKind, selector: TargetSelector, call: Call): Promise<Target> {
    return told(call, () => new Targets(kind, this.readers[kind]).find(selector, call));
  }

  listTargets(kind: PointKind, call: Call): Promise<Target[]> {
    return told(call, () => new Targets(kind, this.readers[kind]).list(call));
  }

  inspect(kind: PointKind, targetId: string, call: Call, how: InspectOptions = {}): Promise<TargetState> {
    return told(call, async () => {
      const reader = this.readers[kind];
      const first = await reader.read(targetId, how, call);
      const { read, stuck } = await this.stuck.find(kind, first, () => reader.read(targetId, {}, call), call);
      const state = targetState(kind, targetId, read, { jobOf: (id) => this.actions.jobOf(id), stuck });
      return how.readiness ? this.readiness.add(kind, state, read.target, call) : state;
    });
  }

  settle(kind: PointKind, targetId: string, call: Call): Promise<void> {
    const running = async () => (await this.inspect(kind, targetId, call)).runningTasks;
    const ended = ({ id }: RunningTask) => (this.actions.isJob(id) ? this.actions.settled(id, call) : undefined);
    return told(call, () => settleTasks(running, { first: 200, max: 5000 }, call, ended));
  }

  createPoint(kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint> {
    return this.change(kind, targetId, call, async () => {
      try {
        return await created(this.actions, kind, targetId, await this.possible(kind, targetId, spec, call), call);
      } catch (error) {
        if (!(error instanceof CloudStackFailure) || OTHERS_ACTIVE.test(error.text)) throw error;
        throw await this.readiness.reasonOf(error, kind, targetId, call);
      }
    });
  }

  /** "Try again later" is no use where what is in the way is stuck: then that is said, with the way out. */
  private async explainBusy(error: unknown, kind: PointKind, targetId: string, call: Call): Promise<never> {
    if (!(error instanceof CloudStackFailure) || !OTHERS_ACTIVE.test(error.text)) throw error;
    this.readers[kind].changed(targetId);
    const { blockers } = await this.inspect(kind, targetId, call);
    const stuck = blockers.find(({ code }) => code === STUCK);
    if (stuck === undefined) throw error;
    const answered = `${error.text} (${stuck.message})`;
    throw new SnapstateError({ kind: "conflict", doing: call.doing, answered, code: String(error.code) });
  }

  /** Only the description, which then stands in tags. */
  editPoint(kind: PointKind, point: PointRef, edit: PointEdit, call: Call): Promise<void> {
    return this.change(kind, point.targetId, call, async () => {
      const row = await this.rowOf(kind, point, call);
      if (edit.name !== undefined) throw unsupported(NAME, supportOf(kind, "rename"), call);
      if (edit.text === undefined) return;
      const whose = { resourceids: point.pointId, resourcetype: WORDS[kind].points.resourceType };
      const tags = textTags(edit.text, nextGeneration(row));
      await this.actions.run("createTags", { ...whose, ...tagParameters(tags) }, call);
      await this.dropTags(whose, textKeys(row), call);
    });
  }

  /** The new ones count already, so that old ones that stay do no harm: the next edit removes them. */
  private async dropTags(whose: Parameters, keys: string[], call: Call): Promise<void> {
    if (keys.length === 0) return;
    const old = Object.fromEntries(keys.map((key, index) => [`tags[${index}].key`, key]));
    try {
      await this.actions.run("deleteTags", { ...whose, ...old }, call);
    } catch (error) {
      if (!(error instanceof CloudStackFailure)) throw error;
      call.report({ message: `tags with the former description stay: ${error.text}`, severity: "warning" });
    }
  }

  removePoint(kind: PointKind, point: PointRef, options: RemoveOptions, call: Call): Promise<void> {
    return this.change(kind, point.targetId, call, async () => {
      const { supported } = supportOf(kind, "remove-children");
      if (options.removeChildren && !supported) throw unsupported(NAME, supportOf(kind, "remove-children"), call);
      const below = options.removeChildren ? await this.below(kind, point, call) : [];
      for (const pointId of below) await this.remove(kind, { ...point, pointId }, call).catch(onlyGone);
      await this.remove(kind, point, call);
    });
  }

  removeAllPoints(kind: PointKind, targetId: string, call: Call): Promise<void> {
    return this.change(kind, targetId, call, async () => {
      const { points } = await this.inspect(kind, targetId, call);
      await removeEach(points, ({ id: pointId }) => this.remove(kind, { targetId, pointId }, call));
    });
  }

  revertToPoint(kind: PointKind, point: PointRef, _options: { suppressPowerOn: boolean }, call: Call): Promise<void> {
    return this.change(kind, point.targetId, call, async () => {
      const state = await this.inspect(kind, point.targetId, call);
      const found = state.points.find(({ id }) => id === point.pointId);
      if (found === undefined) throw noSuch(kind, point, call);
      refuseForeseen(revertForecast(kind, state, found), call);
      const { command, id } = WORDS[kind].revert;
      await this.actions.run(command, { [id]: point.pointId }, call, point.pointId);
    });
  }

  foreseeRevert(kind: PointKind, state: TargetState, point: Point): RevertForecast {
    return revertForecast(kind, state, point);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  /** Storage that cannot quiesce refuses to be told to; what was obtained is then told by the point. */
  private async possible(kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreateSpec> {
    if (kind === "recovery-point" || spec.quiesce === undefined) return spec;
    const { target } = await this.readers[kind].read(targetId, {}, call);
    return target?.quiescevm === true ? spec : { ...spec, quiesce: undefined };
  }

  private async rowOf(kind: PointKind, ref: PointRef, call: Call): Promise<Entity> {
    const { points } = await this.readers[kind].read(ref.targetId, {}, call);
    const row = points.find((candidate) => idOf(candidate) === ref.pointId);
    if (row === undefined) throw noSuch(kind, ref, call);
    return row;
  }

  private async remove(kind: PointKind, ref: PointRef, call: Call): Promise<void> {
    const { command, id } = WORDS[kind].remove;
    try {
      await this.actions.run(command, { [id]: ref.pointId }, call, ref.pointId);
    } catch (error) {
      // A job that waited for another's removal of the same point fails in words that are also used for other things.
      if (!(error instanceof CloudStackFailure) || error.jobId === undefined) throw error;
      const { points } = await this.readers[kind].read(ref.targetId, {}, call);
      if (points.some((row) => idOf(row) === ref.pointId)) throw error;
      throw noSuch(kind, ref, call);
    }
  }

  /** Ids of all points below, the lowest first. */
  private async below(kind: PointKind, { targetId, pointId }: PointRef, call: Call): Promise<string[]> {
    const { points } = await this.inspect(kind, targetId, call);
    const found = new Set([pointId]);
    for (const { id, parentId } of points) if (parentId !== undefined && found.has(parentId)) found.add(id);
    found.delete(pointId);
    return [...found].reverse();
  }

  private async change<T>(kind: PointKind, targetId: string, call: Call, work: () => Promise<T>): Promise<T> {
    this.readers[kind].changed(targetId);
    try {
      return await told(call, () => work().catch((error: unknown) => this.explainBusy(error, kind, targetId, call)));
    } finally {
      this.readers[kind].changed(targetId);
    }
  }
}

function noSuch(kind: PointKind, { targetId, pointId }: PointRef, call: Call): SnapstateError {
  const answered = `there is no ${WORDS[kind].points.word} ${pointId} of ${targetId}`;
  return new SnapstateError({ kind: "not-found", doing: call.doing, answered });
}
