import { dirname } from "node:path";
import { SnapstateError } from "../../errors";
import { type Call, every } from "../../waiting";
import type {
  Consolidation,
  CreatedPoint,
  CreateSpec,
  Feature,
  Hypervisor,
  InspectOptions,
  PointEdit,
  RemoveOptions,
  RevertForecast,
  Support,
  UnreadListener,
} from "../contract";
import type { Point, PointKind, PointRef, RunningTask, Target, TargetSelector, TargetState } from "../contract-types";
import { encodeText } from "../ownership";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { UUID } from "../uuid";
import { refuseSharedImages } from "./backing";
import { isRunning } from "./client/jobs";
import { Monitors } from "./client/monitor";
import { QemuImg } from "./client/qemu-img";
import type { Job } from "./client/replies";
import { commitDisk, commitSpace, isMerged, refuseUnsafeMerge } from "./commit";
import { takeSnapshot } from "./create";
import { addedOverlays } from "./disks";
import { blockersOf, impossible, type Look, lookAt, powerOf } from "./look";
import { afterwards, OffMachine, RunningMachine } from "./machine";
import type { TaggedPoint } from "./points";
import { quiesceReady } from "./quiesce";
import { dropSnapshot, refuseUnreachable } from "./remove";
import type { QemuSettings } from "./settings";
import type { SidecarContent } from "./sidecar";
import { checkTag, foreseeRevert, refused, support, TEXT_LIMITS } from "./support";
import { type Vm, Vms } from "./vms";

/** QEMU processes of this machine, by QMP: internal snapshots of qcow2 disks, with memory or without. */
export class QemuHypervisor implements Hypervisor {
  readonly platform = "qemu";
  readonly consolidation: Consolidation = {
    merge: (targetId, call) => this.merge(targetId, call),
    space: async (targetId, call) => commitSpace((await this.look(targetId, call)).read.disks),
  };
  private readonly monitors: Monitors;
  private readonly vms: Vms;
  private readonly qemuImg: QemuImg;

  constructor(private readonly settings: QemuSettings) {
    this.monitors = new Monitors(settings.socketSeconds * 1000);
    this.vms = new Vms(settings, this.monitors);
    this.qemuImg = new QemuImg(settings.qemuImg);
  }

  supports(_kind: PointKind, feature: Feature): Support {
    return support(feature);
  }

  selectorProblem(_kind: PointKind, { by, value }: TargetSelector): string | undefined {
    if ((by !== "instance-uuid" && by !== "bios-uuid") || UUID.test(value)) return undefined;
    return `${JSON.stringify(value)} is no UUID. Give a UUID, or use name`;
  }

  textLimits(): TextLimits {
    return TEXT_LIMITS;
  }

  maxPoints(): undefined {
    return undefined;
  }

  installation(): Promise<string> {
    return this.vms.installation();
  }

  async findTarget(_kind: PointKind, selector: TargetSelector, call: Call): Promise<Target> {
    return toTarget(await this.vms.find(selector, call));
  }

  async listTargets(_kind: PointKind, call: Call, onUnread?: UnreadListener): Promise<Target[]> {
    return (await this.vms.list(call, onUnread)).map(toTarget);
  }

  async inspect(_kind: PointKind, targetId: string, call: Call, how: InspectOptions = {}): Promise<TargetState> {
    const { vm, machine, read, points } = await this.look(targetId, call);
    const ready = how.readiness && machine.running ? await quiesceReady(vm, call) : undefined;
    return {
      target: toTarget(vm),
      powerState: powerOf(read.status),
      points: points.map(({ tag: _tag, copies: _copies, detached: _detached, ...point }) => point),
      consolidationNeeded: read.disks.some(
        (disk) => addedOverlays(disk).added.length > 0 || isMerged(vm, disk, read.jobs),
      ),
      blockers: how.readiness ? blockersOf(read) : [],
      ...(how.readiness ? { quiesceReady: ready ?? { ready: false, reason: "the VM is powered off" } } : {}),
      runningTasks: read.jobs.filter(isRunning).map(toTask),
      resizeBlocked: false,
    };
  }

  settle(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    const running = async () => {
      const { jobs } = (await this.look(targetId, call)).read;
      // One that is `ready` waits for somebody to complete it, for ever if need be: a merge whose run was killed.
      return jobs.filter((job) => isRunning(job) && job.status !== "ready").map(toTask);
    };
    return settleTasks(running, every(this.settings.pollMilliseconds), call);
  }

  async createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint> {
    const look = () => this.look(targetId, call);
    return { pointId: await takeSnapshot(look, this.qemuImg, this.settings.frozenSeconds * 1000, spec, call) };
  }

  async editPoint(_kind: PointKind, ref: PointRef, edit: PointEdit, call: Call): Promise<void> {
    const { sidecar, points } = await this.look(ref.targetId, call);
    const point = findPoint(points, ref, call);
    if (edit.name !== undefined) checkTag(edit.name, call);
    const { tag, name, powerState } = point;
    const description = encodeText(point);
    const parent = points.find(({ id }) => id === point.parentId)?.tag ?? null;
    const planned = new Date().toISOString();
    const whole = {
      name,
      description,
      parent,
      quiesced: point.consistency === "filesystem",
      power: powerState,
      planned,
    };
    await sidecar?.change(
      new Set(points.map((other) => other.tag)),
      (content) => {
        const entry = { ...(content.points[tag] ?? whole) };
        if (edit.name !== undefined) entry.name = edit.name;
        if (edit.text !== undefined) entry.description = encodeText(edit.text);
        content.points[tag] = entry;
      },
      call,
    );
  }

  async removePoint(_kind: PointKind, ref: PointRef, options: RemoveOptions, call: Call): Promise<void> {
    const look = await this.look(ref.targetId, call);
    const point = findPoint(look.points, ref, call);
    const below = (id: string): TaggedPoint[] =>
      look.points.filter(({ parentId }) => parentId === id).flatMap((child) => [...below(child.id), child]);
    const points = [...(options.removeChildren ? below(point.id) : []), point];
    for (const each of points) await refuseUnreachable(each, this.qemuImg, call);
    // Children first: what is left when this is interrupted still has its parent.
    for (const each of points) await dropSnapshot(look, each, this.qemuImg, call);
  }

  async removeAllPoints(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    const look = await this.look(targetId, call);
    const points = look.points.reverse();
    for (const each of points) await refuseUnreachable(each, this.qemuImg, call);
    for (const each of points) await dropSnapshot(look, each, this.qemuImg, call);
  }

  async revertToPoint(
    _kind: PointKind,
    ref: PointRef,
    _options: { suppressPowerOn: boolean },
    call: Call,
  ): Promise<void> {
    const { vm, machine, read, sidecar, points } = await this.look(ref.targetId, call);
    const point = findPoint(points, ref, call);
    const refusal = refused(foreseeRevert(powerOf(read.status), point), call);
    if (refusal) throw refusal;
    await refuseSharedImages(read.disks, await this.folders(), call);
    call.report({ message: `reverting ${vm.name}` });
    await machine.revert(read.disks, point.tag, call);
    const tags = new Set(points.map(({ tag }) => tag));
    const note = (content: SidecarContent) => {
      content.current = point.tag;
    };
    await sidecar?.change(tags, note, afterwards(call));
  }

  foreseeRevert(_kind: PointKind, state: TargetState, point: Point): RevertForecast {
    return foreseeRevert(state.powerState, point);
  }

  private async merge(targetId: string, call: Call): Promise<{ taskId: string }> {
    const { vm, machine, read } = await this.look(targetId, call);
    if (!machine.running) throw impossible("the VM is powered off; its overlays are merged while it runs", call);
    await refuseUnsafeMerge(vm, read.disks, await this.folders(), call);
    let taskId = "none";
    for (const disk of read.disks) {
      taskId = await commitDisk(vm, disk, this.monitors, this.settings, call);
    }
    return { taskId };
  }

  async close(): Promise<void> {}

  private async look(targetId: string, call: Call): Promise<Look> {
    const vm = await this.vms.get(targetId, call);
    return lookAt(
      vm,
      vm.running
        ? new RunningMachine(vm, this.monitors, this.settings.pollMilliseconds)
        : new OffMachine(vm, this.qemuImg),
      call,
    );
  }

  /** Where images may be that build on those of a VM. */
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

function findPoint(points: TaggedPoint[], { pointId }: PointRef, call: Call): TaggedPoint {
  const point = points.find(({ id }) => id === pointId);
  if (point) return point;
  const answered = `the VM's disks have no snapshot ${pointId}`;
  throw new SnapstateError({ kind: "not-found", doing: call.doing, answered });
}
