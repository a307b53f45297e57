import { isSnapstateError, SnapstateError } from "../../errors";
import { type Call, every, throwIfOver } from "../../waiting";
import type {
  Blocker,
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
import type { Point, PointKind, PointRef, PowerState, Target, TargetSelector, TargetState } from "../contract-types";
import { CHILDLESS, removeEach } from "../shared/remove-each";
import { settleTasks } from "../shared/settle-tasks";
import type { TextLimits } from "../text-limits";
import { type AtWork, WorkOnGuests } from "./at-work";
import { ProxmoxApi, path } from "./client/api";
import type { GuestRow, SnapshotRow } from "./client/replies";
import { TaskWaiter } from "./client/tasks";
import { lockedBy, noSuchSnapshot, remnantStays, stuck, taskFailed, unsupported, wasFrozen } from "./failures";
import { Guests, guestPath } from "./guests";
import { nameOf, pointId, pointsOf, readText, textToStore } from "./points";
import { Readiness } from "./readiness";
import { revertForecast } from "./revert";
import type { ProxmoxSettings } from "./settings";
import { support, TEXT_LIMITS } from "./support";
import { findGuest, idOf, selectorProblem, targetOf } from "./targets";

/** Proxmox VE: both kinds of points are snapshots of a virtual machine or container. */
export class ProxmoxHypervisor implements Hypervisor {
  readonly platform = "proxmox";
  private readonly api: ProxmoxApi;
  private readonly tasks: TaskWaiter;
  private readonly guests: Guests;
  private readonly work: WorkOnGuests;
  private readonly readiness: Readiness;

  constructor(private readonly settings: ProxmoxSettings) {
    this.api = new ProxmoxApi(settings);
    this.tasks = new TaskWaiter(this.api, settings.pollSeconds * 1000);
    this.guests = new Guests(this.api, settings.nodes);
    this.work = new WorkOnGuests(this.api, settings.stuckAfterSeconds * 1000);
    this.readiness = new Readiness(this.api);
  }

  supports(_kind: PointKind, feature: Feature): Support {
    return support(feature);
  }

  textLimits(): TextLimits {
    return TEXT_LIMITS;
  }

  selectorProblem(_kind: PointKind, selector: TargetSelector): string | undefined {
    return selectorProblem(selector);
  }

  maxPoints(): undefined {
    return undefined;
  }

  /** A cluster's own name is only shown to those who may audit the whole of it. */
  async installation(): Promise<string> {
    return this.settings.cluster ?? new URL(this.settings.endpoint).host;
  }

  /** What is not found, or not clear, in a list of a moment ago is looked for in a new one. */
  async findTarget(
    _kind: PointKind,
    selector: TargetSelector,
    call: Call,
    { freshness = "fresh" }: Pick<InspectOptions, "freshness"> = {},
  ): Promise<Target> {
    throwIfOver(call);
    try {
      return targetOf(findGuest(await this.guests.rows(freshness === "recent" ? 5000 : 0, call), selector, call));
    } catch (error) {
      if (!isSnapstateError(error, "not-found", "ambiguous")) throw error;
      return targetOf(findGuest(await this.guests.rows(0, call), selector, call));
    }
  }

  async listTargets(_kind: PointKind, call: Call): Promise<Target[]> {
    return (await this.guests.rows(0, call)).filter(({ template }) => !template).map(targetOf);
  }

  async inspect(_kind: PointKind, targetId: string, call: Call, how: InspectOptions = {}): Promise<TargetState> {
    throwIfOver(call);
    const { row, snapshots, work } = await this.read(targetId, how, call);
    const state = stateOf(row, snapshots, work);
    return how.readiness ? this.readiness.add(row, state.powerState === "on", state, call) : state;
  }

  settle(kind: PointKind, targetId: string, call: Call): Promise<void> {
    const running = async () => {
      this.guests.changed(targetId);
      return (await this.inspect(kind, targetId, call)).runningTasks;
    };
    return settleTasks(running, every(this.settings.pollSeconds * 1000), call);
  }

  async createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint> {
    throwIfOver(call);
    const row = await this.guests.row(targetId, 1000, call);
    if (spec.memory && row.type === "lxc") throw unsupported("keeps no memory of a container", "Leave it out", call);
    if (TEXT_LIMITS.name?.reserved?.test(spec.name)) {
      const answered = `${JSON.stringify(spec.name)} is a name that Proxmox VE keeps for itself`;
      throw new SnapstateError({ kind: "bad-input", doing: call.doing, answered, hint: "Give it another name" });
    }
    const description = textToStore(spec, false);
    const parameters = {
      snapname: spec.name,
      ...(description === "" ? {} : { description }),
      ...(spec.memory ? { vmstate: "1" } : {}),
    };
    const { row: at, upid } = await this.run(row, "create", "POST", "/snapshot", parameters, call);
    const all = await this.guests.snapshots(at, false, call);
    const found = all.find(({ name }) => name === spec.name);
    if (found === undefined) {
      const answered = "the task ended well and the snapshot is not in the guest's list";
      throw new SnapstateError({ kind: "lost-reply", doing: call.doing, answered, taskId: upid });
    }
    const frozen = spec.quiesce !== undefined && !found.vmstate && (await this.provenFrozen(at, all, upid, call));
    if (frozen) await this.describe(at, spec.name, textToStore(spec, true), call);
    const made = frozen ? { ...found, description: textToStore(spec, true) } : found;
    const seen = all.map((one) => (one === found ? made : one));
    return { pointId: pointId(made), state: stateOf({ ...at, lock: undefined }, seen, { tasks: [] }) };
  }

  async editPoint(_kind: PointKind, ref: PointRef, { name, text }: PointEdit, call: Call): Promise<void> {
    throwIfOver(call);
    if (name !== undefined && name !== nameOf(ref.pointId)) throw notSupported("rename", call);
    const { row, snapshot } = await this.require(ref, call);
    if (text === undefined) return;
    const { frozen } = readText(snapshot.description);
    await this.describe(row, snapshot.name, textToStore(text, frozen), call);
  }

  async removePoint(_kind: PointKind, ref: PointRef, options: RemoveOptions, call: Call): Promise<void> {
    throwIfOver(call);
    if (options.removeChildren) throw notSupported("remove-children", call);
    const { row, snapshot } = await this.require(ref, call);
    try {
      await this.run(row, "remove", "DELETE", path`/snapshot/${snapshot.name}`, {}, call);
    } catch (error) {
      if (snapshot.snapstate === undefined || !isSnapstateError(error, "task-failed", "conflict")) throw error;
      throw remnantStays(row, snapshot, call, error);
    }
  }

  async removeAllPoints(kind: PointKind, targetId: string, call: Call): Promise<void> {
    const { points } = await this.inspect(kind, targetId, call);
    // Children first, so that no disk is merged twice.
    await removeEach(points, ({ id: pointId }) => this.removePoint(kind, { targetId, pointId }, CHILDLESS, call));
  }

  async revertToPoint(
    _kind: PointKind,
    ref: PointRef,
    { suppressPowerOn }: { suppressPowerOn: boolean },
    call: Call,
  ): Promise<void> {
    throwIfOver(call);
    const { row, snapshot, running } = await this.require(ref, call);
    // A snapshot with memory starts the guest by itself.
    const start = running && !suppressPowerOn && !snapshot.vmstate;
    const where = path`/snapshot/${snapshot.name}/rollback`;
    await this.run(row, "revert", "POST", where, start ? { start: "1" } : {}, call);
  }

  foreseeRevert(
    _kind: PointKind,
    state: TargetState,
    point: Point,
    options: { suppressPowerOn: boolean },
  ): RevertForecast {
    return revertForecast(state, point, options);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  /** Starts a task, once, and waits for its end. @throws what the task's failure means */
  private async run(
    row: GuestRow,
    what: "create" | "remove" | "revert",
    method: "POST" | "DELETE",
    below: string,
    parameters: Record<string, string>,
    call: Call,
  ): Promise<{ row: GuestRow; upid: string }> {
    const id = idOf(row);
    this.guests.changed(id);
    try {
      const start = (at: GuestRow) => this.api.start(method, `${guestPath(at)}${below}`, parameters, call);
      const { row: at, value: upid } = await this.guests.onItsNode(row, start, call);
      const end = await this.tasks.wait(upid, `${what} ${row.type}`, call);
      if (!end.succeeded) throw taskFailed(end.why, upid, row, call);
      return { row: at, upid };
    } catch (error) {
      if (isSnapstateError(error, "lost-reply", "timeout", "cancelled")) this.work.doubt(id);
      throw error;
    } finally {
      this.guests.changed(id);
    }
  }

  private async describe(row: GuestRow, name: string, text: string, call: Call): Promise<void> {
    // An empty parameter may count as none. White space is taken off.
    const description = text === "" ? " " : text;
    const where = (at: GuestRow) => `${guestPath(at)}${path`/snapshot/${name}/config`}`;
    this.guests.changed(idOf(row));
    try {
      await this.guests.onItsNode(row, (at) => this.api.change("PUT", where(at), { description }, call), call);
    } finally {
      this.guests.changed(idOf(row));
    }
  }

  private async read(targetId: string, how: InspectOptions, call: Call) {
    const { row, snapshots } = await this.guests.read(targetId, how, call);
    const passing = snapshots.filter(({ snapstate }) => snapstate !== undefined);
    const began = passing.length > 0 ? Math.max(...passing.map(({ snaptime }) => snaptime * 1000)) : undefined;
    return { row, snapshots, work: await this.work.on(row, began, call) };
  }

  /** @throws SnapstateError `not-found` when the guest has no snapshot of that name and time, by a whole list */
  private async require(ref: PointRef, call: Call) {
    const { row, snapshots, work } = await this.read(ref.targetId, {}, call);
    const snapshot = snapshots.find((one) => one.name !== "current" && pointId(one) === ref.pointId);
    if (snapshot === undefined) throw noSuchSnapshot(ref, snapshots, call);
    if (work.stuck !== undefined) throw stuck(row, work.stuck, call);
    return { row, snapshot, running: powerOf(row, snapshots) === "on" };
  }

  /** Whether the guest's file systems were frozen: nothing says so but the log, by what is not in it. */
  private async provenFrozen(row: GuestRow, all: readonly SnapshotRow[], upid: string, call: Call): Promise<boolean> {
    const state = stateOf(row, all, { tasks: [] });
    const { quiesceReady } = await this.readiness.add(row, state.powerState === "on", state, call);
    if (!quiesceReady?.ready) return false;
    const frozen = wasFrozen(await this.tasks.log(upid, call));
    if (frozen !== true) call.report({ message: `the file systems were not frozen: ${frozen}`, severity: "warning" });
    return frozen === true;
  }
}

function stateOf(row: GuestRow, snapshots: readonly SnapshotRow[], { tasks, stuck }: AtWork): TargetState {
  const left = stuck === undefined ? undefined : lockedBy(row, stuck);
  const blockers: Blocker[] =
    left === undefined ? [] : [{ code: "stuck-lock", message: `${left.because}. ${left.instead}`, blocks: "all" }];
  return {
    target: targetOf(row),
    powerState: powerOf(row, snapshots),
    points: pointsOf(snapshots, tasks.length > 0, row.lock !== undefined),
    blockers,
    runningTasks: tasks,
    resizeBlocked: false,
  };
}

/** The list of snapshots comes from the guest's node; the cluster's list may be some seconds old. */
function powerOf({ status, lock }: GuestRow, snapshots: readonly SnapshotRow[]): PowerState {
  if (lock === "suspended") return "suspended";
  const running = snapshots.find(({ name }) => name === "current")?.running;
  if (running !== undefined) return running ? "on" : "off";
  return status === "running" ? "on" : status === "stopped" ? "off" : "unknown";
}

function notSupported(feature: Feature, call: Call): SnapstateError {
  const { because, instead } = support(feature) as Extract<Support, { supported: false }>;
  return unsupported(because, instead, call);
}
