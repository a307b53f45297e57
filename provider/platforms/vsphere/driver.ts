import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type {
  Consolidation,
  CreatedSnapshot,
  CreateSpec,
  Driver,
  InspectOptions,
  RemoveOptions,
  RevertForecast,
  SnapshotEdit,
} from "../contract";
import type {
  RunningTask,
  Snapshot,
  SnapshotKind,
  SnapshotRef,
  Target,
  TargetSelector,
  TargetState,
} from "../contract-types";
import { encodeText } from "../ownership";
import { settleTasks } from "../shared/settle-tasks";
import { VimFaultError } from "./client/fault";
import { Reader } from "./client/reader";
import * as requests from "./client/requests";
import { Session } from "./client/session";
import { refId, TaskWaiter } from "./client/tasks";
import { element, type XmlValue } from "./client/xml";
import { faultError } from "./errors";
import { Inventory, selectorProblem } from "./inventory";
import { escapeName } from "./names";
import type { VsphereSettings } from "./settings";
import { consolidationSpace } from "./space";
import { TEMPLATE, targetState } from "./target-state";
import { VmList } from "./vm-list";
import { VmReader } from "./vm-reader";

/**
 * vCenter's documentation states no limit of a snapshot's name. This is the limit of VM names.
 */
const NAME_LENGTH = 80;

/** vSphere by its vim25 SOAP API. Snapshot and RecoveryPoint are both VM snapshots. */
export class VsphereDriver implements Driver {
  readonly platform = "vsphere";
  readonly supports = () => ({ supported: true }) as const;
  readonly selectorProblem: Required<Driver>["selectorProblem"] = (_kind, selector) => selectorProblem(selector);
  readonly textLimits = () => ({ name: { max: NAME_LENGTH } });
  readonly consolidation: Consolidation = {
    merge: (targetId, call) => {
      const request = requests.consolidateVMDisks(targetId);
      return this.change(targetId, call, async () => ({ taskId: await this.run(request, "consolidate disks", call) }));
    },
    space: (targetId, call) =>
      wrapErrors(call, () => consolidationSpace(targetId, this.session, this.reader, this.tasks, call)),
  };
  private readonly session: Session;
  private readonly tasks: TaskWaiter;
  private readonly vms: VmReader;
  private readonly inventory: Inventory;
  private readonly reader: Reader;

  constructor(settings: VsphereSettings) {
    this.session = new Session(settings);
    this.reader = new Reader(this.session);
    this.tasks = new TaskWaiter(this.reader);
    const list = new VmList(this.session);
    this.vms = new VmReader(this.session, this.reader, list, settings.readAhead);
    this.inventory = new Inventory(this.session, this.vms, list);
  }

  installation(call: OperationContext): Promise<string> {
    return wrapErrors(call, async () => (await this.session.content(call)).instanceUuid);
  }

  findTarget(
    _kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<Target> {
    return wrapErrors(call, () => this.inventory.find(selector, call, how));
  }

  listTargets(_kind: SnapshotKind, call: OperationContext): Promise<Target[]> {
    return wrapErrors(call, () => this.inventory.list(call));
  }

  inspect(
    _kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    return wrapErrors(call, async () => {
      return targetState(targetId, await this.vms.read(targetId, how, call), how);
    });
  }

  forecastRevert(
    _kind: SnapshotKind,
    state: TargetState,
    snapshot: Snapshot,
    { suppressPowerOn }: { suppressPowerOn: boolean },
  ): RevertForecast {
    const powerAfter = suppressPowerOn && snapshot.powerState === "on" ? "off" : snapshot.powerState;
    const template = state.blockers.some(({ code }) => code === TEMPLATE);
    const refusal = { reason: "it is a template, which vSphere cannot revert", remedy: "Convert it to a VM first" };
    return { powerAfter, consumesSnapshot: false, ...(template ? { refusal } : {}) };
  }

  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const running = async () => (await this.inspect(kind, targetId, call)).runningTasks;
    const ended = ({ id, operation }: RunningTask) => this.tasks.wait(id, operation, call);
    return wrapErrors(call, () => settleTasks(running, {}, call, ended));
  }

  createSnapshot(
    _kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    return this.change(targetId, call, async () => {
      const taskId = await this.tasks.start(() => this.sendCreate(targetId, spec, call));
      const vm = () => this.vms.read(targetId, {}, call);
      const end = await this.tasks.wait(taskId, "create snapshot", call, vm);
      if (!end.ok) throw faultError(end.fault, call.operation, taskId);
      const snapshotId = refId(end.result);
      if (snapshotId === undefined) {
        throw new SnapstateError({
          kind: "lost-reply",
          operation: call.operation,
          detail: "the task succeeded but named no snapshot",
          taskId,
        });
      }
      const state = end.followUp && targetState(targetId, end.followUp);
      // One reply may contain a task's end and a VM as it was just before.
      return state?.snapshots.some((snapshot) => snapshot.id === snapshotId) ? { snapshotId, state } : { snapshotId };
    });
  }

  editSnapshot(_kind: SnapshotKind, snapshot: SnapshotRef, edit: SnapshotEdit, call: OperationContext): Promise<void> {
    return this.change(snapshot.targetId, call, async () => {
      const name = edit.name === undefined ? undefined : escapeName(edit.name);
      const description = edit.text && encodeText(edit.text);
      await this.session.write(() => requests.renameSnapshot(snapshot.snapshotId, name, description), call);
    });
  }

  removeSnapshot(
    _kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void> {
    const request = requests.removeSnapshot(snapshot.snapshotId, options.removeChildren, options.consolidate);
    return this.change(snapshot.targetId, call, async () => void (await this.run(request, "remove snapshot", call)));
  }

  removeAllSnapshots(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const request = requests.removeAllSnapshots(targetId, true);
    return this.change(targetId, call, async () => void (await this.run(request, "remove all snapshots", call)));
  }

  revertToSnapshot(
    _kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    const request = requests.revertToSnapshot(snapshot.snapshotId, options.suppressPowerOn);
    return this.change(snapshot.targetId, call, async () => void (await this.run(request, "revert to snapshot", call)));
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async sendCreate(targetId: string, spec: CreateSpec, call: OperationContext): Promise<string> {
    const { memory, quiesce } = spec;
    const [name, description] = [escapeName(spec.name), encodeText(spec)];
    const spelled = quiesce && { timeout: quiesce.timeoutMinutes };
    try {
      const request = requests.createSnapshotEx(targetId, name, description, memory, spelled);
      return taskOf(await this.session.write(() => request, call), call);
    } catch (error) {
      // A server before API 6.5 refuses the call as unknown, so nothing was done and the older call may be sent.
      if (!(error instanceof VimFaultError) || error.fault.type !== "MethodNotFound") throw error;
      const request = requests.createSnapshot(targetId, name, description, memory, quiesce !== undefined);
      return taskOf(await this.session.write(() => request, call), call);
    }
  }

  private async run(request: requests.VimRequest, operation: string, call: OperationContext): Promise<string> {
    const taskId = await this.tasks.start(async () => taskOf(await this.session.write(() => request, call), call));
    const end = await this.tasks.wait(taskId, operation, call);
    if (!end.ok) throw faultError(end.fault, call.operation, taskId);
    return taskId;
  }

  private change<T>(targetId: string, call: OperationContext, work: () => Promise<T>): Promise<T> {
    return this.vms.changing(targetId, () => wrapErrors(call, work));
  }
}

/** Converts faults to SnapstateErrors. */
async function wrapErrors<T>(call: OperationContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VimFaultError) throw faultError(error.fault, call.operation);
    throw error;
  }
}

/** The task in a reply such as `<RemoveSnapshot_TaskResponse><returnval type="Task">`. */
function taskOf(body: { [key: string]: XmlValue }, call: OperationContext): string {
  const name = Object.keys(body).find((key) => key.endsWith("Response"));
  const id = name === undefined ? undefined : refId(element(body[name])?.returnval);
  if (id !== undefined) return id;
  throw new SnapstateError({
    kind: "lost-reply",
    operation: call.operation,
    detail: "the server accepted the call but named no task",
  });
}
