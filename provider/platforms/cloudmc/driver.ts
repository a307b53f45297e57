import { isSnapstateError, SnapstateError } from "../../core/errors";
import { every, type OperationContext } from "../../core/operation";
import type { CreatedSnapshot, CreateSpec, Driver, InspectOptions, RemoveOptions, RevertForecast } from "../contract";
import type { Snapshot, SnapshotKind, SnapshotRef, Target, TargetSelector, TargetState } from "../contract-types";
import { encodeMarkedName, encodeText, MARKER_ROOM } from "../ownership";
import { unsupported } from "../shared/refusals";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { instanceBlockers, volumeBlockers } from "./blockers";
import { CloudmcApi, type Started } from "./client/api";
import { TaskWaiter } from "./client/tasks";
import { CloudmcDerived } from "./derived";
import { Environment, field } from "./environment";
import { contradiction, idIn, taskFailed, unnamed } from "./errors";
import * as states from "./mapping";
import { unverified } from "./profile";
import type { CloudmcSettings } from "./settings";
import { support } from "./support";
import { findInstance, findVolume, instanceTarget, volumeTarget } from "./targets";

const NAME = "CloudMC";

/** CloudMC: Snapshot is a volume snapshot, RecoveryPoint a recovery point of an instance. */
export class CloudmcDriver implements Driver {
  readonly platform = "cloudmc";
  readonly supports = support;
  private readonly api: CloudmcApi;
  readonly derived: CloudmcDerived;
  private readonly environment: Environment;
  private readonly tasks: TaskWaiter;

  constructor(private readonly settings: CloudmcSettings) {
    this.api = new CloudmcApi(settings);
    this.tasks = new TaskWaiter(this.api, settings.pollInterval);
    this.environment = new Environment(this.api, settings.profile);
    this.derived = new CloudmcDerived(this.api, this.tasks, settings, () => this.environment.changed());
  }

  textLimits(kind: SnapshotKind): TextLimits {
    return kind === "snapshot" ? { name: { max: this.settings.profile.longestName - MARKER_ROOM } } : {};
  }

  /** CloudMC has no installation id: an environment is identified by its address. */
  async installation(): Promise<string> {
    const { endpoint, service, environment } = this.settings;
    return `${new URL(endpoint).host}/${service}/${environment}`;
  }

  /** If it is missing or ambiguous in a recent list, the list is read again. */
  async findTarget(kind: SnapshotKind, selector: TargetSelector, call: OperationContext): Promise<Target> {
    const { volumes, instances } = this.environment;
    const find = async (age: "fresh" | "recent") =>
      kind === "snapshot"
        ? findVolume((await volumes[age](call)).volumes, selector, call)
        : findInstance(await instances[age](call), selector, call);
    try {
      return await find("recent");
    } catch (error) {
      if (!isSnapstateError(error, "not-found", "ambiguous")) throw error;
      return find("fresh");
    }
  }

  async listTargets(kind: SnapshotKind, call: OperationContext): Promise<Target[]> {
    if (kind === "snapshot") return (await this.environment.volumes.fresh(call)).volumes.map(volumeTarget);
    return (await this.environment.instances.fresh(call)).map(instanceTarget);
  }

  inspect(
    kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    return kind === "snapshot" ? this.inspectVolume(targetId, call, how) : this.inspectInstance(targetId, call, how);
  }

  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const running = async () => (await this.inspect(kind, targetId, call)).runningTasks;
    return settleTasks(running, every(this.settings.pollInterval), call);
  }

  async createSnapshot(
    kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    const started = await this.change(() =>
      (kind === "snapshot"
        ? this.startSnapshot(targetId, spec, call)
        : this.startRecoveryPoint(targetId, spec, call)
      ).catch(async (error) => {
        // A refusal may mean that the target does not exist, which only a read of the target proves.
        if (isSnapstateError(error, "protocol", "bad-input", "conflict")) await this.inspect(kind, targetId, call);
        throw error;
      }),
    );
    const { taskId } = started;
    const end = await this.tasks.wait(taskId, `create ${kind}`, call);
    if (end.status === "FAILED") throw taskFailed(end.why, taskId, call);
    const snapshotId = idIn(end.result) ?? idIn(started.data);
    if (snapshotId === undefined) throw unnamed(taskId, call);
    return { snapshotId };
  }

  async editSnapshot(kind: SnapshotKind, _point: SnapshotRef, _edit: object, call: OperationContext): Promise<void> {
    throw unsupported(NAME, support(kind, "rename"), call);
  }

  async removeSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void> {
    if (options.removeChildren) throw unsupported(NAME, support(kind, "remove-children"), call);
    const entity = kind === "snapshot" ? "snapshots" : this.settings.profile.recoveryPointEntity;
    await this.act(
      kind,
      snapshot,
      () => this.api.change("DELETE", { entity, id: snapshot.snapshotId }, undefined, call),
      call,
    );
  }

  async revertToSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    _how: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    if (kind === "snapshot") throw unsupported(NAME, support(kind, "revert"), call);
    const { recoveryPointEntity: entity, revertOperation: operation } = this.settings.profile;
    const path = { entity, id: snapshot.snapshotId, operation };
    await this.act(kind, snapshot, () => this.api.change("POST", path, undefined, call), call);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  private async inspectVolume(targetId: string, call: OperationContext, how: InspectOptions): Promise<TargetState> {
    const { volumes } = this.environment;
    const read = await (how.freshness === "recent" ? volumes.recent(call) : volumes.fresh(call));
    const volume = read.volumes.find(({ id }) => id === targetId);
    if (volume === undefined) return this.proveGone("volumes", targetId, call);
    const own = read.snapshots.filter((snapshot) => field(snapshot, "volumeId") === targetId);
    const instance = read.instances.find(({ id }) => id === volume.instanceId);
    return {
      target: volumeTarget(volume),
      powerState: states.powerState(instance?.state ?? ""),
      snapshots: states.volumeSnapshots(own, this.settings.profile),
      blockers: how.readiness ? volumeBlockers(volume) : [],
      ...(how.readiness ? { advice: unverified("snapshot") } : {}),
      runningTasks: states.runningTasks(own),
      resizeBlocked: false,
    };
  }

  private async inspectInstance(targetId: string, call: OperationContext, how: InspectOptions): Promise<TargetState> {
    const { instances } = this.environment;
    const known = await (how.freshness === "recent" ? instances.recent(call) : instances.fresh(call));
    const instance = known.find(({ id }) => id === targetId);
    if (instance === undefined) return this.proveGone("instances", targetId, call);
    const entities = await this.environment.recoveryPoints(targetId, call);
    const snapshots = states.recoveryPoints(entities, this.settings.profile, call);
    return {
      target: instanceTarget(instance),
      powerState: states.powerState(instance.state),
      snapshots,
      blockers: how.readiness ? instanceBlockers(instance) : [],
      ...(how.readiness ? { advice: unverified("recovery-point") } : {}),
      runningTasks: states.runningTasks(entities),
      // While recovery points exist, the platform refuses to attach, detach and resize volumes.
      resizeBlocked: snapshots.length > 0,
    };
  }

  /** Absence from a list is no proof: CloudMC must confirm it for the object itself. */
  private async proveGone(entity: "volumes" | "instances", id: string, call: OperationContext): Promise<never> {
    await this.api.get(entity, id, call);
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: `CloudMC omitted ${id} from its list of ${entity}, but reports that it exists`,
      hint: "Run again. The state is unchanged",
    });
  }

  /** A revert depends on the power state: memory into a running instance, disks alone into a stopped one. */
  forecastRevert(_kind: SnapshotKind, state: TargetState, snapshot: Snapshot): RevertForecast {
    const memory = snapshot.consistency === "memory";
    const powerAfter = memory ? "on" : "off";
    if (state.powerState === powerAfter) return { powerAfter, consumesSnapshot: false };
    const reason = memory
      ? "a revert to a recovery point with memory needs a running instance"
      : "a revert to a recovery point without memory needs a stopped instance";
    const remedy = memory ? "Start the instance first" : "Stop the instance first";
    return { refusal: { reason, remedy }, powerAfter, consumesSnapshot: false };
  }

  private startSnapshot(volumeId: string, spec: CreateSpec, call: OperationContext): Promise<Started> {
    if (spec.memory) throw unsupported(NAME, support("snapshot", "memory"), call);
    const { rapid, profile } = this.settings;
    const name = encodeMarkedName(spec.name, spec, profile.longestName, call.operation);
    if (profile.createSnapshotOn === "volume") {
      const path = { entity: "volumes", id: volumeId, operation: "createSnapshotFromVolume" };
      return this.api.change("POST", path, { snapshot: { name, rapid } }, call);
    }
    return this.api.change("POST", { entity: "snapshots", operation: "create" }, { volumeId, name, rapid }, call);
  }

  private startRecoveryPoint(id: string, spec: CreateSpec, call: OperationContext): Promise<Started> {
    const { createRecoveryPointOperation: operation, memoryField } = this.settings.profile;
    const recoveryPoint = {
      name: spec.name,
      description: encodeText(spec),
      ...(spec.memory ? { [memoryField]: true } : {}),
    };
    return this.api.change("POST", { entity: "instances", id, operation }, { recoveryPoint }, call);
  }

  /** Carries out a change of one snapshot and waits for completion. */
  private async act(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    start: () => Promise<Started>,
    call: OperationContext,
  ): Promise<void> {
    const { taskId } = await this.change(async () => {
      try {
        return await start();
      } catch (error) {
        // A complete list of its collection proves absence; CloudMC answers in the same way for an id that never
        // existed.
        if (isSnapstateError(error, "not-found") && (await this.has(kind, snapshot, call)))
          throw contradiction(snapshot, call);
        throw error;
      }
    });
    const end = await this.tasks.wait(taskId, `change ${kind}`, call);
    this.environment.changed();
    if (end.status === "FAILED") throw taskFailed(end.why, taskId, call);
  }

  private async has(
    kind: SnapshotKind,
    { targetId, snapshotId }: SnapshotRef,
    call: OperationContext,
  ): Promise<boolean> {
    return (await this.inspect(kind, targetId, call)).snapshots.some(({ id }) => id === snapshotId);
  }

  private async change<T>(work: () => Promise<T>): Promise<T> {
    this.environment.changed();
    try {
      return await work();
    } finally {
      this.environment.changed();
    }
  }
}
