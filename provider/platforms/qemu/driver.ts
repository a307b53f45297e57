import { dirname } from "node:path";
import { SnapstateError } from "../../core/errors";
import { every, type OperationContext } from "../../core/operation";
import type {
  Consolidation,
  CreatedSnapshot,
  CreateSpec,
  Driver,
  InspectOptions,
  RemoveOptions,
  SnapshotEdit,
  UnreadListener,
} from "../contract";
import type { RunningTask, SnapshotKind, SnapshotRef, Target, TargetSelector, TargetState } from "../contract-types";
import { encodeText } from "../ownership";
import { settleTasks } from "../shared/settle-tasks";
import { UUID } from "../uuid";
import { refuseSharedImages } from "./backing";
import { isRunning } from "./client/jobs";
import { Monitors } from "./client/monitor";
import { QemuImg } from "./client/qemu-img";
import type { Job } from "./client/replies";
import { commitDisks, commitSpace, isMerged, refuseUnsafeMerge } from "./commit";
import { takeSnapshot } from "./create";
import { addedOverlays } from "./disks";
import { afterwards, OffMachine, RunningMachine } from "./machine";
import type { TaggedSnapshot } from "./mapping";
import { blockersOf, impossible, observeMachine, powerOf, type VmObservation } from "./observe";
import { quiesceReady } from "./quiesce";
import { dropSnapshot, refuseUnreachable } from "./remove";
import type { QemuSettings } from "./settings";
import type { SidecarContent } from "./sidecar";
import { checkTag, forecastRevert, refused, support, TEXT_LIMITS } from "./support";
import { type Vm, Vms } from "./vms";

/** QEMU processes of this machine, by QMP: internal snapshots of qcow2 disks, with memory or without. */
export class QemuDriver implements Driver {
  readonly platform = "qemu";
  readonly supports: Driver["supports"] = (_kind, feature) => support(feature);
  readonly textLimits = () => TEXT_LIMITS;
  readonly forecastRevert: Required<Driver>["forecastRevert"] = (_kind, state, snapshot) =>
    forecastRevert(state.powerState, snapshot);
  readonly consolidation: Consolidation = {
    merge: (targetId, call) => this.merge(targetId, call),
    space: async (targetId, call) => commitSpace((await this.observe(targetId, call)).read.disks),
  };
  private readonly monitors: Monitors;
  private readonly vms: Vms;
  private readonly qemuImg: QemuImg;

  constructor(private readonly settings: QemuSettings) {
    this.monitors = new Monitors(settings.socketTimeout);
    this.vms = new Vms(settings, this.monitors);
    this.qemuImg = new QemuImg(settings.qemuImg);
  }

  selectorProblem(_kind: SnapshotKind, { by, value }: TargetSelector): string | undefined {
    if ((by !== "instance-uuid" && by !== "bios-uuid") || UUID.test(value)) return undefined;
    return `${JSON.stringify(value)} is not a UUID. Use a UUID, or name`;
  }

  installation(): Promise<string> {
    return this.vms.installation();
  }

  async findTarget(_kind: SnapshotKind, selector: TargetSelector, call: OperationContext): Promise<Target> {
    return toTarget(await this.vms.find(selector, call));
  }

  async listTargets(_kind: SnapshotKind, call: OperationContext, onUnread?: UnreadListener): Promise<Target[]> {
    return (await this.vms.list(call, onUnread)).map(toTarget);
  }

  async inspect(
    _kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    const { vm, machine, read, snapshots } = await this.observe(targetId, call);
    const ready = how.readiness && machine.running ? await quiesceReady(vm, call) : undefined;
    return {
      target: toTarget(vm),
      powerState: powerOf(read.status),
      snapshots: snapshots.map(({ tag: _tag, copies: _copies, detached: _detached, ...snapshot }) => snapshot),
      consolidationNeeded: read.disks.some(
        (disk) => addedOverlays(disk).added.length > 0 || isMerged(vm, disk, read.jobs),
      ),
      blockers: how.readiness ? blockersOf(read) : [],
      ...(how.readiness ? { quiesceReady: ready ?? { ready: false, reason: "the VM is powered off" } } : {}),
      runningTasks: read.jobs.filter(isRunning).map(toTask),
      resizeBlocked: false,
    };
  }

  settle(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const running = async () => {
      const { jobs } = (await this.observe(targetId, call)).read;
      // A `ready` job waits for its completion, possibly forever: a merge whose run was killed.
      return jobs.filter((job) => isRunning(job) && job.status !== "ready").map(toTask);
    };
    return settleTasks(running, every(this.settings.pollInterval), call);
  }

  async createSnapshot(
    _kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    const observation = () => this.observe(targetId, call);
    return {
      snapshotId: await takeSnapshot(observation, this.qemuImg, this.settings.freezeTimeout, spec, call),
    };
  }

  async editSnapshot(_kind: SnapshotKind, ref: SnapshotRef, edit: SnapshotEdit, call: OperationContext): Promise<void> {
    const { sidecar, snapshots } = await this.observe(ref.targetId, call);
    const snapshot = findSnapshot(snapshots, ref, call);
    if (edit.name !== undefined) checkTag(edit.name, call);
    const { tag, name, powerState } = snapshot;
    const description = encodeText(snapshot);
    const parent = snapshots.find(({ id }) => id === snapshot.parentId)?.tag ?? null;
    const planned = new Date().toISOString();
    const whole = {
      name,
      description,
      parent,
      quiesced: snapshot.consistency === "filesystem",
      power: powerState,
      planned,
    };
    await sidecar?.change(
      new Set(snapshots.map((other) => other.tag)),
      (content) => {
        const entry = { ...(content.snapshots[tag] ?? whole) };
        if (edit.name !== undefined) entry.name = edit.name;
        if (edit.text !== undefined) entry.description = encodeText(edit.text);
        content.snapshots[tag] = entry;
      },
      call,
    );
  }

  async removeSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void> {
    const observation = await this.observe(ref.targetId, call);
    const snapshot = findSnapshot(observation.snapshots, ref, call);
    const below = (id: string): TaggedSnapshot[] =>
      observation.snapshots.filter(({ parentId }) => parentId === id).flatMap((child) => [...below(child.id), child]);
    const snapshots = [...(options.removeChildren ? below(snapshot.id) : []), snapshot];
    for (const each of snapshots) await refuseUnreachable(each, this.qemuImg, call);
    // Children first: after an interruption, every remaining snapshot still has its parent.
    for (const each of snapshots) await dropSnapshot(observation, each, this.qemuImg, call);
  }

  async removeAllSnapshots(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const observation = await this.observe(targetId, call);
    const snapshots = observation.snapshots.reverse();
    for (const each of snapshots) await refuseUnreachable(each, this.qemuImg, call);
    for (const each of snapshots) await dropSnapshot(observation, each, this.qemuImg, call);
  }

  async revertToSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    _options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    const { vm, machine, read, sidecar, snapshots } = await this.observe(ref.targetId, call);
    const snapshot = findSnapshot(snapshots, ref, call);
    const refusal = refused(forecastRevert(powerOf(read.status), snapshot), call);
    if (refusal) throw refusal;
    await refuseSharedImages(read.disks, await this.folders(), call);
    call.report({ message: `reverting ${vm.name}` });
    await machine.revert(read.disks, snapshot.tag, call);
    const tags = new Set(snapshots.map(({ tag }) => tag));
    const note = (content: SidecarContent) => {
      content.current = snapshot.tag;
    };
    await sidecar?.change(tags, note, afterwards(call));
  }

  private async merge(targetId: string, call: OperationContext): Promise<{ taskId: string }> {
    const { vm, machine, read } = await this.observe(targetId, call);
    if (!machine.running) throw impossible("the VM is powered off; overlays can only be merged while it runs", call);
    await refuseUnsafeMerge(vm, read.disks, await this.folders(), call);
    return { taskId: await commitDisks(vm, read.disks, this.monitors, this.settings, call) };
  }

  async close(): Promise<void> {}

  private async observe(targetId: string, call: OperationContext): Promise<VmObservation> {
    const vm = await this.vms.get(targetId, call);
    return observeMachine(
      vm,
      vm.running ? new RunningMachine(vm, this.monitors, this.settings.pollInterval) : new OffMachine(vm, this.qemuImg),
      call,
    );
  }

  /** Folders that may contain images that build on a VM's images. */
  private async folders(): Promise<string[]> {
    return (await this.vms.known()).flatMap(({ disks }) => disks.map((file) => dirname(file)));
  }
}

function toTask({ id, type }: Job): RunningTask {
  return { id, operation: type };
}

function toTarget({ id, name, socket }: Vm): Target {
  return { id, name, path: socket };
}

function findSnapshot(
  snapshots: TaggedSnapshot[],
  { snapshotId }: SnapshotRef,
  call: OperationContext,
): TaggedSnapshot {
  const snapshot = snapshots.find(({ id }) => id === snapshotId);
  if (snapshot) return snapshot;
  const detail = `the VM's disks have no snapshot ${snapshotId}`;
  throw new SnapstateError({ kind: "not-found", operation: call.operation, detail });
}
