import { type ErrorKind, SnapstateError } from "../../provider/errors";
import type {
  Consolidation,
  CreateSpec,
  Feature,
  Hypervisor,
  Point,
  PointEdit,
  PointKind,
  PointRef,
  RevertForecast,
  SnapshotOptionCalls,
  Support,
  TargetSelector,
  TargetState,
} from "../../provider/hypervisors/contract";
import type { TextLimits } from "../../provider/hypervisors/text-limits";
import { type Call, sleep, throwIfOver, whenOver } from "../../provider/waiting";
import type { MemoryCopies } from "./memory-copies";

interface Vm {
  state: TargetState;
  current?: string;
}

/** What to do to the next call of a method: fail before the platform acts, or after. */
type Method = keyof Hypervisor | "consolidate" | "consolidationSpace";

export interface Fault {
  method: Method;
  kind: ErrorKind;
  when: "before" | "after";
  code?: string;
  times?: number;
}

/**
 * A hypervisor in memory: driver and platform in one, with a switch for everything that a platform can do to a lifecycle. It
 * stands in where a test is about the lifecycle and not about a platform; every platform's own tests talk to sockets.
 * `testing/contract/bare-driver.ts` is the opposite: no switches, a platform of its own behind it, and only there to show
 * that the contract says all that a driver's author must know.
 */
export class MemoryHypervisor implements Hypervisor {
  readonly platform = "memory";
  readonly calls: string[] = [];
  readonly faults: Fault[] = [];
  readonly unsupported = new Map<Feature, { because: string; instead: string }>();
  installationId = "memory-1";
  /** Makes templates and volumes too, when a test gives it them. */
  copies?: MemoryCopies;
  snapshotOption?: SnapshotOptionCalls;
  points?: number;
  limits: TextLimits = {};
  /** How long a create takes, in milliseconds. */
  taskTime = 0;
  /** Whether it remembers reverts that have ended. */
  remembersReverts = false;
  /** Set by a test: what it says of a revert before it is made. */
  forecast?: (state: TargetState, point: Point) => RevertForecast;
  /** What the platform makes of a quiesce that is asked for. */
  quiesceWorks = true;
  private readonly vms = new Map<string, Vm>();
  private counter = 0;

  /** As by hand: the id stays. */
  rename(id: string, name: string): void {
    this.vm(id, "rename").state.target = { id, name, path: `/DC/vm/${name}` };
  }

  addVm(id: string, name: string, change: Partial<TargetState> = {}): TargetState {
    const target = { id, name, path: `/DC/vm/${name}` };
    const state: TargetState = {
      target,
      powerState: "on",
      points: [],
      consolidationNeeded: false,
      blockers: [],
      quiesceReady: { ready: true },
      runningTasks: [],
      resizeBlocked: false,
      ...change,
    };
    this.vms.set(id, { state });
    return state;
  }

  removeVm(id: string): void {
    this.vms.delete(id);
  }

  /** A snapshot taken by hand, or the snapshot of a task that ends. */
  addPoint(vmId: string, point: Partial<Point> & { name: string }): Point {
    const vm = this.vm(vmId, "add a point");
    const parent = vm.state.points.find((candidate) => candidate.id === vm.current);
    const id = `point-${++this.counter}`;
    const whole: Point = {
      id,
      description: "",
      createdAt: new Date().toISOString(),
      isCurrent: true,
      depth: (parent?.depth ?? 0) + 1,
      consistency: "crash",
      powerState: "off",
      ...(parent ? { parentId: parent.id } : {}),
      ...point,
    };
    for (const other of vm.state.points) other.isCurrent = false;
    vm.state.points.push(whole);
    vm.current = whole.id;
    return whole;
  }

  supports(_kind: PointKind, feature: Feature): Support {
    const no = this.unsupported.get(feature);
    return no ? { supported: false, ...no } : { supported: true };
  }

  textLimits(): TextLimits {
    return this.limits;
  }

  maxPoints(): number | undefined {
    return this.points;
  }

  installation(call: Call): Promise<string> {
    return this.act("installation", call, async () => this.installationId);
  }

  findTarget(_kind: PointKind, { by, value }: TargetSelector, call: Call) {
    return this.act("findTarget", call, async () => {
      const targets = [...this.vms.values()].map((vm) => vm.state.target);
      const found = targets.filter((target) => [target.id, target.name, target.path].includes(value));
      if (found.length === 1) return { ...(found[0] as TargetState["target"]) };
      const kind = found.length === 0 ? "not-found" : "ambiguous";
      throw new SnapstateError({ kind, doing: call.doing, answered: `${found.length} VMs match ${by} ${value}` });
    });
  }

  listTargets(_kind: PointKind, call: Call) {
    return this.act("listTargets", call, async () => [...this.vms.values()].map((vm) => ({ ...vm.state.target })));
  }

  inspect(_kind: PointKind, targetId: string, call: Call): Promise<TargetState> {
    return this.act("inspect", call, async () => structuredClone(this.vm(targetId, call.doing).state));
  }

  settle(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    return this.act("settle", call, async () => {
      while (this.vm(targetId, call.doing).state.runningTasks.length > 0) {
        throwIfOver(call);
        await sleep(5, call.signal);
      }
    });
  }

  createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<{ pointId: string }> {
    return this.act("createPoint", call, async () => {
      const vm = this.vm(targetId, call.doing);
      const task = { id: `task-${++this.counter}`, operation: "create" };
      vm.state.runningTasks.push(task);
      const consistency = spec.memory ? "memory" : spec.quiesce && this.quiesceWorks ? "filesystem" : "crash";
      const done = sleep(this.taskTime).then(() => {
        vm.state.runningTasks.splice(vm.state.runningTasks.indexOf(task), 1);
        const { name, description, ownership } = spec;
        return this.addPoint(targetId, { name, description, ownership, consistency });
      });
      let leave = () => {};
      const over = new Promise<never>((_, reject) => {
        leave = whenOver(call, reject, task.id);
      });
      return Promise.race([done, over])
        .then(({ id }) => ({ pointId: id }))
        .finally(leave);
    });
  }

  editPoint(_kind: PointKind, ref: PointRef, { name, text }: PointEdit, call: Call): Promise<void> {
    return this.act("editPoint", call, async () => {
      const point = this.point(ref, call.doing);
      if (name !== undefined) point.name = name;
      if (text === undefined) return;
      const { description, ownership, restoreNote } = structuredClone(text);
      Object.assign(point, { description, ownership, restoreNote });
    });
  }

  removePoint(_kind: PointKind, ref: PointRef, options: { removeChildren: boolean; consolidate: boolean }, call: Call) {
    return this.act("removePoint", call, async () => {
      const gone = this.point(ref, call.doing);
      const { state } = this.vm(ref.targetId, call.doing);
      const below = (point: Point): boolean =>
        point.parentId === gone.id || state.points.some((parent) => parent.id === point.parentId && below(parent));
      state.points = state.points.filter((point) => point.id !== gone.id && !(options.removeChildren && below(point)));
      for (const point of state.points) if (point.parentId === gone.id) point.parentId = gone.parentId;
      if (!options.consolidate) state.consolidationNeeded = true;
    });
  }

  removeAllPoints(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    return this.act("removeAllPoints", call, async () => {
      this.vm(targetId, call.doing).state.points = [];
    });
  }

  foreseeRevert(_kind: PointKind, state: TargetState, point: Point): RevertForecast {
    return this.forecast?.(state, point) ?? { powerAfter: point.powerState, consumesPoint: false };
  }

  /** Points that a revert has used up, and when, where it keeps a history of that. */
  readonly history = new Map<string, string>();
  async consumedAt(_kind: PointKind, { pointId }: PointRef): Promise<string | undefined> {
    return this.remembersReverts ? this.history.get(pointId) : undefined;
  }

  revertToPoint(_kind: PointKind, ref: PointRef, _options: { suppressPowerOn: boolean }, call: Call): Promise<void> {
    return this.act("revertToPoint", call, async () => {
      const vm = this.vm(ref.targetId, call.doing);
      const point = this.point(ref, call.doing);
      vm.current = point.id;
      for (const other of vm.state.points) other.isCurrent = other.id === vm.current;
      const { powerAfter, consumesPoint } = this.foreseeRevert(_kind, vm.state, point);
      vm.state.powerState = powerAfter;
      if (consumesPoint) this.history.set(point.id, new Date().toISOString());
      if (consumesPoint) vm.state.points = vm.state.points.filter(({ id }) => id !== point.id);
      if (this.remembersReverts) vm.state.endedReverts = [...(vm.state.endedReverts ?? []), `task-${++this.counter}`];
    });
  }

  space?: { neededBytes: number; freeBytes: number };
  /** Set to undefined by a test of a platform that has none. */
  consolidation?: Consolidation = {
    merge: (targetId, call) =>
      this.act("consolidate", call, async () => {
        this.vm(targetId, call.doing).state.consolidationNeeded = false;
        return { taskId: `task-${++this.counter}` };
      }),
    space: (_targetId, call) => this.act("consolidationSpace", call, async () => this.space),
  };

  async close(): Promise<void> {}

  private async act<T>(method: Method, call: Call, work: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    throwIfOver(call);
    const fault = this.faults.find((candidate) => candidate.method === method);
    if (fault) fault.times = (fault.times ?? 1) - 1;
    if (fault?.times === 0) this.faults.splice(this.faults.indexOf(fault), 1);
    const failure =
      fault &&
      new SnapstateError({ kind: fault.kind, code: fault.code, doing: call.doing, answered: "as the test wants" });
    if (failure && fault.when === "before") throw failure;
    const result = await work();
    if (failure) throw failure;
    return result;
  }

  private vm(id: string, doing: string): Vm {
    const vm = this.vms.get(id);
    if (!vm) throw new SnapstateError({ kind: "not-found", doing, answered: `no VM ${id}` });
    return vm;
  }

  private point({ targetId, pointId }: PointRef, doing: string): Point {
    const point = this.vm(targetId, doing).state.points.find((candidate) => candidate.id === pointId);
    if (!point) throw new SnapstateError({ kind: "not-found", doing, answered: `no snapshot ${pointId}` });
    return point;
  }
}
