import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type {
  Consolidation,
  CreatedPoint,
  CreateSpec,
  Hypervisor,
  InspectOptions,
  PointEdit,
  RemoveOptions,
  RevertForecast,
  Support,
} from "../contract";
import type { Point, PointKind, PointRef, RunningTask, Target, TargetSelector, TargetState } from "../contract-types";
import { encodeText } from "../ownership";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { VimFaultError } from "./client/fault";
import { Reader } from "./client/reader";
import * as requests from "./client/requests";
import { Session } from "./client/session";
import { refId, TaskWaiter } from "./client/tasks";
import { element, type XmlValue } from "./client/xml";
import { faultError } from "./faults";
import { Inventory, selectorProblem } from "./inventory";
import { escapeName } from "./names";
import type { VsphereSettings } from "./settings";
import { consolidationSpace } from "./space";
import { TEMPLATE, targetState } from "./target-state";
import { VmList } from "./vm-list";
import { VmReader } from "./vm-reader";

/**
 * vCenter's documentation states no limit for a snapshot's name, and the simulator takes any. This is the length of its VM names,
 * kept as our own rule.
 */
const NAME_LENGTH = 80;

/** vSphere by its vim25 SOAP API. Snapshot and RecoveryPoint are both VM snapshots. */
export class VsphereHypervisor implements Hypervisor {
  readonly platform = "vsphere";
  readonly consolidation: Consolidation = {
    merge: (targetId, call) => {
      const request = requests.consolidateVMDisks(targetId);
      return this.change(targetId, call, async () => ({ taskId: await this.run(request, "consolidate disks", call) }));
    },
    space: (targetId, call) =>
      told(call, () => consolidationSpace(targetId, this.session, this.reader, this.tasks, call)),
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

  supports(): Support {
    return { supported: true };
  }

  selectorProblem(_kind: PointKind, selector: TargetSelector): string | undefined {
    return selectorProblem(selector);
  }

  textLimits(): TextLimits {
    return { name: { max: NAME_LENGTH } };
  }

  maxPoints(): undefined {
    return undefined;
  }

  installation(call: Call): Promise<string> {
    return told(call, async () => (await this.session.content(call)).instanceUuid);
  }

  findTarget(_kind: PointKind, selector: TargetSelector, call: Call, how: InspectOptions = {}): Promise<Target> {
    return told(call, () => this.inventory.find(selector, call, how.freshness));
  }

  listTargets(_kind: PointKind, call: Call): Promise<Target[]> {
    return told(call, () => this.inventory.list(call));
  }

  inspect(_kind: PointKind, targetId: string, call: Call, how: InspectOptions = {}): Promise<TargetState> {
    return told(call, async () => {
      return targetState(targetId, await this.vms.read(targetId, how, call), how);
    });
  }

  foreseeRevert(
    _kind: PointKind,
    state: TargetState,
    point: Point,
    { suppressPowerOn }: { suppressPowerOn: boolean },
  ): RevertForecast {
    const powerAfter = suppressPowerOn && point.powerState === "on" ? "off" : point.powerState;
    const template = state.blockers.some(({ code }) => code === TEMPLATE);
    const refusal = { because: "it is a template, which vSphere does not revert", instead: "Convert it to a VM first" };
    return { powerAfter, consumesPoint: false, ...(template ? { refusal } : {}) };
  }

  settle(kind: PointKind, targetId: string, call: Call): Promise<void> {
    const running = async () => (await this.inspect(kind, targetId, call)).runningTasks;
    const ended = ({ id, operation }: RunningTask) => this.tasks.wait(id, operation, call);
    return told(call, () => settleTasks(running, {}, call, ended));
  }

  createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint> {
    return this.change(targetId, call, async () => {
      const taskId = await this.sendCreate(targetId, spec, call);
      const vm = () => this.vms.read(targetId, {}, call);
      const end = await this.tasks.wait(taskId, "create snapshot", call, vm);
      if (!end.ok) throw faultError(end.fault, call.doing, taskId);
      const pointId = refId(end.result);
      if (pointId === undefined) {
        throw new SnapstateError({
          kind: "lost-reply",
          doing: call.doing,
          answered: "the task ended well and named no snapshot",
          taskId,
        });
      }
      const state = end.beside && targetState(targetId, end.beside);
      // One reply may hold a task's end and a VM from just before it.
      return state?.points.some((point) => point.id === pointId) ? { pointId, state } : { pointId };
    });
  }

  editPoint(_kind: PointKind, point: PointRef, edit: PointEdit, call: Call): Promise<void> {
    return this.change(point.targetId, call, async () => {
      const name = edit.name === undefined ? undefined : escapeName(edit.name);
      const description = edit.text && encodeText(edit.text);
      await this.session.write(() => requests.renameSnapshot(point.pointId, name, description), call);
    });
  }

  removePoint(_kind: PointKind, point: PointRef, options: RemoveOptions, call: Call): Promise<void> {
    const request = requests.removeSnapshot(point.pointId, options.removeChildren, options.consolidate);
    return this.change(point.targetId, call, async () => void (await this.run(request, "remove snapshot", call)));
  }

  removeAllPoints(_kind: PointKind, targetId: string, call: Call): Promise<void> {
    const request = requests.removeAllSnapshots(targetId, true);
    return this.change(targetId, call, async () => void (await this.run(request, "remove all snapshots", call)));
  }

  revertToPoint(_kind: PointKind, point: PointRef, options: { suppressPowerOn: boolean }, call: Call): Promise<void> {
    const request = requests.revertToSnapshot(point.pointId, options.suppressPowerOn);
    return this.change(point.targetId, call, async () => void (await this.run(request, "revert to snapshot", call)));
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async sendCreate(targetId: string, spec: CreateSpec, call: Call): Promise<string> {
    const { memory, quiesce } = spec;
    const [name, description] = [escapeName(spec.name), encodeText(spec)];
    const spelled = quiesce && { timeout: quiesce.timeoutMinutes };
    try {
      const request = requests.createSnapshotEx(targetId, name, description, memory, spelled);
      return taskOf(await this.session.write(() => request, call), call);
    } catch (error) {
      // A server before API 6.5 refuses the call as unknown, so nothing was done and the older one may be sent.
      if (!(error instanceof VimFaultError) || error.fault.type !== "MethodNotFound") throw error;
      const request = requests.createSnapshot(targetId, name, description, memory, quiesce !== undefined);
      return taskOf(await this.session.write(() => request, call), call);
    }
  }

  private async run(request: requests.VimRequest, operation: string, call: Call): Promise<string> {
    const taskId = taskOf(await this.session.write(() => request, call), call);
    const end = await this.tasks.wait(taskId, operation, call);
    if (!end.ok) throw faultError(end.fault, call.doing, taskId);
    return taskId;
  }

  private change<T>(targetId: string, call: Call, work: () => Promise<T>): Promise<T> {
    return this.vms.changing(targetId, () => told(call, work));
  }
}

/** Faults as this project's errors. */
async function told<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VimFaultError) throw faultError(error.fault, call.doing);
    throw error;
  }
}

/** The task in a reply such as `<RemoveSnapshot_TaskResponse><returnval type="Task">`. */
function taskOf(body: { [key: string]: XmlValue }, call: Call): string {
  const name = Object.keys(body).find((key) => key.endsWith("Response"));
  const id = name === undefined ? undefined : refId(element(body[name])?.returnval);
  if (id !== undefined) return id;
  throw new SnapstateError({
    kind: "lost-reply",
    doing: call.doing,
    answered: "the server accepted the call and named no task",
  });
}
