import { dirname } from "node:path";
import { SnapstateError } from "../../errors";
import { type Call, pause, throwIfOver } from "../../waiting";
import type {
  Blocker,
  Consolidation,
  CreatedPoint,
  CreateSpec,
  Feature,
  Hypervisor,
  InspectOptions,
  Point,
  PointEdit,
  PointKind,
  PointRef,
  PowerState,
  RevertForecast,
  Support,
  Target,
  TargetSelector,
  TargetState,
} from "../contract";
import { encodeText } from "../ownership";
import type { TextLimits } from "../text-limits";
import { UUID } from "../uuid";
import { refuseSharedImages } from "./backing";
import { isRunning } from "./client/jobs";
import { Monitors } from "./client/monitor";
import { QemuImg } from "./client/qemu-img";
import { commitDisk, commitSpace, isMerged, refuseUnsafeMerge } from "./commit";
import { diskSnapshots, isActive } from "./disk-snapshots";
import { addedOverlays, diskBlockers, memoryBlockers, ownLayers } from "./disks";
import { mayExist } from "./files";
import { afterwards, type Machine, type MachineRead, OffMachine, RunningMachine } from "./machine";
import { currentTag, type TaggedPoint, tree } from "./points";
import { frozen, quiesceReady } from "./quiesce";
import type { QemuSettings } from "./settings";
import { Sidecar, type SidecarContent } from "./sidecar";
import { checkTag, foreseeRevert, refused, support, TEXT_LIMITS, tagOf } from "./support";
import { type Vm, Vms } from "./vms";

interface Look {
  vm: Vm;
  machine: Machine;
  read: MachineRead;
  sidecar: Sidecar | undefined;
  notes: SidecarContent;
  points: TaggedPoint[];
}

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

  async listTargets(
    _kind: PointKind,
    call: Call,
    onUnread?: (member: string, error: SnapstateError) => void,
  ): Promise<Target[]> {
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
      runningTasks: read.jobs.filter(isRunning).map(({ id, type }) => ({ id, operation: type })),
      resizeBlocked: false,
    };
  }

  async settle(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    for (;;) {
      const { read } = await this.look(targetId, call);
      // One that is `ready` waits for somebody to complete it, for ever if need be: a merge whose run was killed.
      const task = read.jobs.find((job) => isRunning(job) && job.status !== "ready");
      if (task === undefined) return;
      throwIfOver(call, task.id);
      await pause(this.settings.pollMilliseconds, call);
      throwIfOver(call, task.id);
    }
  }

  async createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint> {
    const look = await this.look(targetId, call);
    const { vm, machine, read, sidecar, notes, points } = look;
    const blocker = blockersOf(read).find(({ blocks }) => spec.memory || blocks === "all");
    if (blocker || sidecar === undefined) throw impossible(blocker?.message ?? "the VM has no writable disk", call);
    const { name, memory } = spec;
    const description = encodeText(spec);
    const tag = tagOf(spec, call);
    const same = points.find((other) => other.tag === tag);
    if (same !== undefined && same.failed === undefined) throw exists(tag, call);
    // What a create of ours left that was killed between two disks.
    if (same !== undefined) await this.drop(look, same, call);

    const before = currentTag(points, notes);
    const images = Object.fromEntries(read.disks.map(({ file }) => [file, ""]));
    const power = powerOf(read.status);
    const plan = { name, description, parent: before ?? null, quiesced: false, power, images };
    const present = new Set(points.map((point) => point.tag));
    await sidecar.change(
      present,
      (content) => {
        content.points[tag] = { ...plan, planned: new Date().toISOString() };
        content.current = tag;
      },
      call,
    );
    const take = () => machine.take(read.disks, tag, memory, call);
    if (spec.quiesce !== undefined && !memory && machine.running) {
      const limit = Math.min(spec.quiesce.timeoutMinutes * 60_000, this.settings.frozenSeconds * 1000);
      const quiesced = await frozen(vm, limit, call, take);
      const note = (content: SidecarContent) => {
        const entry = content.points[tag];
        if (entry) entry.quiesced = quiesced;
      };
      // It is taken: a cancel must not lose how.
      if (quiesced) await sidecar.change(present.add(tag), note, afterwards(call));
    } else await take();
    const made = (await this.look(targetId, call)).points.find((point) => point.tag === tag);
    if (made) {
      // By these its copies are known as one snapshot, also when the first disk is detached later.
      const noteIdentity = (content: SidecarContent) => {
        const entry = content.points[tag];
        for (const { layer, id } of made.copies) if (entry?.images) entry.images[layer.file] = id;
      };
      await sidecar.change(present.add(tag), noteIdentity, afterwards(call));
      return { pointId: made.id };
    }
    const answered = "QEMU said that the snapshot was taken, and the disks do not have it";
    throw new SnapstateError({ kind: "lost-reply", doing: call.doing, answered });
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

  async removePoint(
    _kind: PointKind,
    ref: PointRef,
    options: { removeChildren: boolean; consolidate: boolean },
    call: Call,
  ): Promise<void> {
    const look = await this.look(ref.targetId, call);
    const point = findPoint(look.points, ref, call);
    const below = (id: string): TaggedPoint[] =>
      look.points.filter(({ parentId }) => parentId === id).flatMap((child) => [...below(child.id), child]);
    const points = [...(options.removeChildren ? below(point.id) : []), point];
    for (const each of points) await this.refuseUnreachable(each, call);
    // Children first: what is left when this is interrupted still has its parent.
    for (const each of points) await this.drop(look, each, call);
  }

  async removeAllPoints(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    const look = await this.look(targetId, call);
    const points = look.points.reverse();
    for (const each of points) await this.refuseUnreachable(each, call);
    for (const each of points) await this.drop(look, each, call);
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

  /** Where images may be that build on those of a VM. */
  private async folders(): Promise<string[]> {
    return (await this.vms.known()).flatMap(({ disks }) => disks.map((file) => dirname(file)));
  }

  private async look(targetId: string, call: Call): Promise<Look> {
    const vm = await this.vms.get(targetId, call);
    const machine = vm.running
      ? new RunningMachine(vm, this.monitors, this.settings.pollMilliseconds)
      : new OffMachine(vm, this.qemuImg);
    const read = await machine.read(call);
    const former = new Set(vm.images);
    const [first] = read.disks;
    const files = first && (ownLayers(first, former).map(({ file }) => file) as [string, ...string[]]);
    const sidecar = files && (await Sidecar.beside(files, former));
    const notes = (await sidecar?.read(call)) ?? { version: 1 as const, current: null, points: {} };
    const points = tree(diskSnapshots(read.disks, former), notes, read.disks);
    return { vm, machine, read, sidecar, notes, points };
  }

  /** Before anything is changed: QEMU acts on the image that the guest writes to, and on no other. */
  private async refuseUnreachable({ name, copies, detached }: TaggedPoint, call: Call): Promise<void> {
    const below = copies.find((copy) => !isActive(copy));
    if (below !== undefined) {
      throw new SnapstateError({
        kind: "conflict",
        doing: call.doing,
        answered: `${JSON.stringify(name)} is in ${below.layer.file}, below ${below.disk.file}, which disk ${below.disk.device} writes to. Nothing was removed`,
        hint: "Merge the overlays by a ConsolidationTask while the VM runs, or start the VM from that image; then delete it",
      });
    }
    for (const file of detached) if (await mayExist(file)) await this.qemuImg.probe(file, call);
  }

  private async drop({ machine, sidecar, points }: Look, { tag, copies, detached }: TaggedPoint, call: Call) {
    await machine.remove(
      copies.map(({ disk }) => disk),
      tag,
      call,
    );
    for (const file of detached) {
      // It may have gone with its disk.
      if (await mayExist(file)) await this.qemuImg.removeIfThere(tag, file, call);
    }
    const left = new Set(points.map((point) => point.tag).filter((other) => other !== tag));
    // Its entry stays for as long as children name it as their parent: they are handed on through it.
    await sidecar?.change(left, () => {}, afterwards(call));
  }
}

function blockersOf({ disks, unsaveable }: MachineRead): Blocker[] {
  return [...diskBlockers(disks), ...memoryBlockers(unsaveable)];
}

function toTarget({ id, name, socket }: Vm): Target {
  return { id, name, path: socket };
}

/** A VM that has ended its work and a process that is still there is as good as off for those who ask for its state. */
function powerOf(status: string): PowerState {
  if (status === "off" || status === "shutdown") return "off";
  if (status === "running" || status === "paused") return "on";
  return status === "suspended" ? "suspended" : "unknown";
}

function findPoint(points: TaggedPoint[], { pointId }: PointRef, call: Call): TaggedPoint {
  const point = points.find(({ id }) => id === pointId);
  if (point) return point;
  const answered = `the VM's disks have no snapshot ${pointId}`;
  throw new SnapstateError({ kind: "not-found", doing: call.doing, answered });
}

function exists(tag: string, call: Call): SnapstateError {
  const answered = `the VM's disks have a snapshot ${JSON.stringify(tag)} already`;
  return new SnapstateError({ kind: "conflict", doing: call.doing, answered, hint: "Give it another name" });
}

function impossible(answered: string, call: Call): SnapstateError {
  return new SnapstateError({ kind: "guard", doing: call.doing, answered });
}
