import { type ErrorKind, SnapstateError } from "../../provider/core/errors";
import { type OperationContext, onAbort, pause, throwIfAborted } from "../../provider/core/operation";
import type {
  Consolidation,
  CreateSpec,
  Driver,
  Feature,
  InspectOptions,
  RevertForecast,
  Snapshot,
  SnapshotEdit,
  SnapshotKind,
  SnapshotRef,
  Subscription,
  Support,
  TargetSelector,
  TargetState,
} from "../../provider/platforms/contract";
import type { TextLimits } from "../../provider/platforms/text-limits";
import type { MemoryDerived } from "./memory-derived";

interface Vm {
  state: TargetState;
  current?: string;
}

/** A fault for the next call of a method: it fails before or after the platform acts. */
type Method = keyof Driver | "consolidate" | "consolidationSpace";

export interface Fault {
  method: Method;
  kind: ErrorKind;
  when: "before" | "after";
  code?: string;
  times?: number;
}

/**
 * A hypervisor in memory: driver and platform in one, with a switch for everything that a platform can do to a
 * lifecycle. It is for tests of lifecycles; tests of a platform use sockets. `testing/contract/bare-driver.ts` is the
 * opposite: a minimal driver with a separate platform, which shows that the contract is complete.
 */
export class MemoryDriver implements Driver {
  readonly platform = "memory";
  readonly calls: string[] = [];
  readonly faults: Fault[] = [];
  readonly unsupported = new Map<Feature, { reason: string; remedy: string }>();
  installationId = "memory-1";
  /** Creates templates and volumes, if a test sets it. */
  derived?: MemoryDerived;
  subscription?: Subscription;
  snapshots?: number;
  limits: TextLimits = {};
  /** Resolves when the task of a create ends. */
  taskEnd: () => Promise<unknown> = async () => {};
  /** Whether it keeps a history of reverts. */
  remembersReverts = false;
  /** Findings about a revert beforehand; set by a test. */
  forecast?: (state: TargetState, snapshot: Snapshot) => RevertForecast;
  /** The result of a requested quiesce. */
  quiesceWorks = true;
  private readonly vms = new Map<string, Vm>();
  private counter = 0;

  /** A manual edit: the id is kept. */
  rename(id: string, name: string): void {
    this.vm(id, "rename").state.target = { id, name, path: `/DC/vm/${name}` };
  }

  addVm(id: string, name: string, change: Partial<TargetState> = {}): TargetState {
    const target = { id, name, path: `/DC/vm/${name}` };
    const state: TargetState = {
      target,
      powerState: "on",
      snapshots: [],
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

  /** Adds a snapshot taken manually, or that of a task that ends. */
  addSnapshot(vmId: string, snapshot: Partial<Snapshot> & { name: string }): Snapshot {
    const vm = this.vm(vmId, "add a point");
    const parent = vm.state.snapshots.find((candidate) => candidate.id === vm.current);
    const id = `point-${++this.counter}`;
    const whole: Snapshot = {
      id,
      description: "",
      createdAt: new Date().toISOString(),
      isCurrent: true,
      depth: (parent?.depth ?? 0) + 1,
      consistency: "crash",
      powerState: "off",
      ...(parent ? { parentId: parent.id } : {}),
      ...snapshot,
    };
    for (const other of vm.state.snapshots) other.isCurrent = false;
    vm.state.snapshots.push(whole);
    vm.current = whole.id;
    return whole;
  }

  supports(_kind: SnapshotKind, feature: Feature): Support {
    const no = this.unsupported.get(feature);
    return no ? { supported: false, ...no } : { supported: true };
  }

  textLimits(): TextLimits {
    return this.limits;
  }

  maxSnapshots(): number | undefined {
    return this.snapshots;
  }

  installation(call: OperationContext): Promise<string> {
    return this.act("installation", call, async () => this.installationId);
  }

  findTarget(_kind: SnapshotKind, { by, value }: TargetSelector, call: OperationContext) {
    return this.act("findTarget", call, async () => {
      const targets = [...this.vms.values()].map((vm) => vm.state.target);
      const found = targets.filter((target) => [target.id, target.name, target.path].includes(value));
      if (found.length === 1) return { ...(found[0] as TargetState["target"]) };
      const kind = found.length === 0 ? "not-found" : "ambiguous";
      throw new SnapstateError({ kind, operation: call.operation, detail: `${found.length} VMs match ${by} ${value}` });
    });
  }

  listTargets(_kind: SnapshotKind, call: OperationContext) {
    return this.act("listTargets", call, async () => [...this.vms.values()].map((vm) => ({ ...vm.state.target })));
  }

  inspect(_kind: SnapshotKind, id: string, call: OperationContext, how: InspectOptions = {}): Promise<TargetState> {
    const ready = how.readiness ? {} : { newestOnly: undefined };
    return this.act("inspect", call, async () => structuredClone({ ...this.vm(id, call.operation).state, ...ready }));
  }

  settle(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    return this.act("settle", call, async () => {
      while (this.vm(targetId, call.operation).state.runningTasks.length > 0) {
        throwIfAborted(call);
        await pause(5, call);
      }
    });
  }

  createSnapshot(
    _kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<{ snapshotId: string }> {
    return this.act("createSnapshot", call, async () => {
      const vm = this.vm(targetId, call.operation);
      const task = { id: `task-${++this.counter}`, operation: "create" };
      vm.state.runningTasks.push(task);
      const consistency = spec.memory ? "memory" : spec.quiesce && this.quiesceWorks ? "filesystem" : "crash";
      const done = this.taskEnd().then(() => {
        vm.state.runningTasks.splice(vm.state.runningTasks.indexOf(task), 1);
        const { name, description, ownership } = spec;
        return this.addSnapshot(targetId, { name, description, ownership, consistency });
      });
      let leave = () => {};
      const over = new Promise<never>((_, reject) => {
        leave = onAbort(call, reject, task.id);
      });
      return Promise.race([done, over])
        .then(({ id }) => ({ snapshotId: id }))
        .finally(leave);
    });
  }

  editSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    { name, text }: SnapshotEdit,
    call: OperationContext,
  ): Promise<void> {
    return this.act("editSnapshot", call, async () => {
      const snapshot = this.snapshot(ref, call.operation);
      if (name !== undefined) snapshot.name = name;
      if (text === undefined) return;
      const { description, ownership, restoreNote } = structuredClone(text);
      Object.assign(snapshot, { description, ownership, restoreNote });
    });
  }

  removeSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    options: { removeChildren: boolean; consolidate: boolean },
    call: OperationContext,
  ) {
    return this.act("removeSnapshot", call, async () => {
      const gone = this.snapshot(ref, call.operation);
      const { state } = this.vm(ref.targetId, call.operation);
      const below = (snapshot: Snapshot): boolean =>
        snapshot.parentId === gone.id ||
        state.snapshots.some((parent) => parent.id === snapshot.parentId && below(parent));
      state.snapshots = state.snapshots.filter(
        (snapshot) => snapshot.id !== gone.id && !(options.removeChildren && below(snapshot)),
      );
      for (const snapshot of state.snapshots) if (snapshot.parentId === gone.id) snapshot.parentId = gone.parentId;
      if (!options.consolidate) state.consolidationNeeded = true;
    });
  }

  removeAllSnapshots(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    return this.act("removeAllSnapshots", call, async () => {
      this.vm(targetId, call.operation).state.snapshots = [];
    });
  }

  forecastRevert(_kind: SnapshotKind, state: TargetState, snapshot: Snapshot): RevertForecast {
    return this.forecast?.(state, snapshot) ?? { powerAfter: snapshot.powerState, consumesSnapshot: false };
  }

  /** Snapshots that a revert consumed, and when, if it keeps a history. */
  readonly history = new Map<string, string>();
  async consumedAt(_kind: SnapshotKind, { snapshotId }: SnapshotRef): Promise<string | undefined> {
    return this.remembersReverts ? this.history.get(snapshotId) : undefined;
  }

  revertToSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    _options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    return this.act("revertToSnapshot", call, async () => {
      const vm = this.vm(ref.targetId, call.operation);
      const snapshot = this.snapshot(ref, call.operation);
      vm.current = snapshot.id;
      for (const other of vm.state.snapshots) other.isCurrent = other.id === vm.current;
      const { powerAfter, consumesSnapshot } = this.forecastRevert(_kind, vm.state, snapshot);
      vm.state.powerState = powerAfter;
      if (consumesSnapshot) this.history.set(snapshot.id, new Date().toISOString());
      if (consumesSnapshot) vm.state.snapshots = vm.state.snapshots.filter(({ id }) => id !== snapshot.id);
      if (this.remembersReverts) vm.state.endedReverts = [...(vm.state.endedReverts ?? []), `task-${++this.counter}`];
    });
  }

  space?: { neededBytes: number; freeBytes: number };
  /** A test of a platform without it sets it to undefined. */
  consolidation?: Consolidation = {
    merge: (targetId, call) =>
      this.act("consolidate", call, async () => {
        this.vm(targetId, call.operation).state.consolidationNeeded = false;
        return { taskId: `task-${++this.counter}` };
      }),
    space: (_targetId, call) => this.act("consolidationSpace", call, async () => this.space),
  };

  async close(): Promise<void> {}

  private async act<T>(method: Method, call: OperationContext, work: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    throwIfAborted(call);
    const fault = this.faults.find((candidate) => candidate.method === method);
    if (fault) fault.times = (fault.times ?? 1) - 1;
    if (fault?.times === 0) this.faults.splice(this.faults.indexOf(fault), 1);
    const failure =
      fault &&
      new SnapstateError({
        kind: fault.kind,
        code: fault.code,
        operation: call.operation,
        detail: "as the test wants",
      });
    if (failure && fault.when === "before") throw failure;
    const result = await work();
    if (failure) throw failure;
    return result;
  }

  private vm(id: string, operation: string): Vm {
    const vm = this.vms.get(id);
    if (!vm) throw new SnapstateError({ kind: "not-found", operation, detail: `no VM ${id}` });
    return vm;
  }

  private snapshot({ targetId, snapshotId }: SnapshotRef, operation: string): Snapshot {
    const snapshot = this.vm(targetId, operation).state.snapshots.find((candidate) => candidate.id === snapshotId);
    if (!snapshot) throw new SnapstateError({ kind: "not-found", operation, detail: `no snapshot ${snapshotId}` });
    return snapshot;
  }
}
