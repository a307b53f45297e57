import { isSnapstateError, SnapstateError } from "../../core/errors";
import { every, type OperationContext, throwIfAborted } from "../../core/operation";
import type { CreatedSnapshot, CreateSpec, Driver, InspectOptions, RemoveOptions, SnapshotEdit } from "../contract";
import type { SnapshotKind, SnapshotRef, Target, TargetSelector, TargetState } from "../contract-types";
import { unsupported } from "../shared/refusals";
import { settleTasks } from "../shared/settle-tasks";
import { ProxmoxApi, path } from "./client/api";
import type { GuestRow, SnapshotRow } from "./client/replies";
import { TaskWaiter } from "./client/tasks";
import { lockedBy, noSuchSnapshot, orphanRemains, taskFailed, wasFrozen } from "./errors";
import { Guests, guestPath } from "./guests";
import { nameOf, readText, snapshotId, textToStore } from "./mapping";
import { Readiness } from "./readiness";
import { revertForecast } from "./revert";
import { RunningTasks } from "./running-tasks";
import type { ProxmoxSettings } from "./settings";
import { CONTAINER_MEMORY, NAME, support, TEXT_LIMITS } from "./support";
import { powerOf, stateOf } from "./target-state";
import { findGuest, idOf, selectorProblem, targetOf } from "./targets";

/** Proxmox VE: both kinds are snapshots of a virtual machine or container. */
export class ProxmoxDriver implements Driver {
  readonly platform = "proxmox";
  readonly supports: Driver["supports"] = (_kind, feature) => support(feature);
  readonly textLimits = () => TEXT_LIMITS;
  readonly selectorProblem: Required<Driver>["selectorProblem"] = (_kind, selector) => selectorProblem(selector);
  readonly forecastRevert: Required<Driver>["forecastRevert"] = (_kind, ...how) => revertForecast(...how);
  private readonly api: ProxmoxApi;
  private readonly tasks: TaskWaiter;
  private readonly guests: Guests;
  private readonly work: RunningTasks;
  private readonly readiness: Readiness;

  constructor(private readonly settings: ProxmoxSettings) {
    this.api = new ProxmoxApi(settings);
    this.tasks = new TaskWaiter(this.api, settings.pollInterval);
    this.guests = new Guests(this.api, settings.nodes);
    this.work = new RunningTasks(this.api, settings.stuckAfter);
    this.readiness = new Readiness(this.api);
  }

  /** Only users who may audit the whole cluster can read its name. */
  async installation(): Promise<string> {
    return this.settings.cluster ?? new URL(this.settings.endpoint).host;
  }

  /** If it is missing or ambiguous in a recent list, the list is read again. */
  async findTarget(
    _kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    { freshness = "fresh" }: Pick<InspectOptions, "freshness"> = {},
  ): Promise<Target> {
    throwIfAborted(call);
    try {
      return targetOf(findGuest(await this.guests.rows(freshness === "recent" ? 5000 : 0, call), selector, call));
    } catch (error) {
      if (!isSnapstateError(error, "not-found", "ambiguous")) throw error;
      return targetOf(findGuest(await this.guests.rows(0, call), selector, call));
    }
  }

  async listTargets(_kind: SnapshotKind, call: OperationContext): Promise<Target[]> {
    return (await this.guests.rows(0, call)).filter(({ template }) => !template).map(targetOf);
  }

  async inspect(
    _kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    throwIfAborted(call);
    const { row, snapshots, work } = await this.read(targetId, how, call);
    const state = stateOf(row, snapshots, work);
    return how.readiness ? this.readiness.add(row, state.powerState === "on", state, call) : state;
  }

  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    const running = async () => {
      this.guests.changed(targetId);
      return (await this.inspect(kind, targetId, call)).runningTasks;
    };
    return settleTasks(running, every(this.settings.pollInterval), call);
  }

  async createSnapshot(
    _kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    throwIfAborted(call);
    const row = await this.guests.row(targetId, 1000, call);
    if (spec.memory && row.type === "lxc") throw unsupported(NAME, CONTAINER_MEMORY, call);
    if (TEXT_LIMITS.name?.reserved?.test(spec.name)) {
      const detail = `${JSON.stringify(spec.name)} is a reserved name in Proxmox VE`;
      throw new SnapstateError({ kind: "bad-input", operation: call.operation, detail, hint: "Use another name" });
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
      const detail = "the task succeeded but the snapshot is not in the guest's list";
      throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, taskId: upid });
    }
    const frozen = spec.quiesce !== undefined && !found.vmstate && (await this.provenFrozen(at, all, upid, call));
    if (frozen) await this.describe(at, spec.name, textToStore(spec, true), call);
    const made = frozen ? { ...found, description: textToStore(spec, true) } : found;
    const seen = all.map((one) => (one === found ? made : one));
    return { snapshotId: snapshotId(made), state: stateOf({ ...at, lock: undefined }, seen, { tasks: [] }) };
  }

  async editSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    { name, text }: SnapshotEdit,
    call: OperationContext,
  ): Promise<void> {
    throwIfAborted(call);
    if (name !== undefined && name !== nameOf(ref.snapshotId)) throw unsupported(NAME, support("rename"), call);
    const { row, snapshot } = await this.require(ref, call);
    if (text === undefined) return;
    const { frozen } = readText(snapshot.description);
    await this.describe(row, snapshot.name, textToStore(text, frozen), call);
  }

  async removeSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void> {
    throwIfAborted(call);
    if (options.removeChildren) throw unsupported(NAME, support("remove-children"), call);
    const { row, snapshot } = await this.require(ref, call);
    try {
      await this.run(row, "remove", "DELETE", path`/snapshot/${snapshot.name}`, {}, call);
    } catch (error) {
      if (snapshot.snapstate === undefined || !isSnapstateError(error, "task-failed", "conflict")) throw error;
      throw orphanRemains(row, snapshot, call, error);
    }
  }

  async revertToSnapshot(
    _kind: SnapshotKind,
    ref: SnapshotRef,
    { suppressPowerOn }: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void> {
    throwIfAborted(call);
    const { row, snapshot, running } = await this.require(ref, call);
    // A revert to a snapshot with memory starts the guest.
    const start = running && !suppressPowerOn && !snapshot.vmstate;
    const where = path`/snapshot/${snapshot.name}/rollback`;
    await this.run(row, "revert", "POST", where, start ? { start: "1" } : {}, call);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  /**
   * Starts a task once and waits for its end.
   *
   * @throws the error of the failed task
   */
  private async run(
    row: GuestRow,
    what: "create" | "remove" | "revert",
    method: "POST" | "DELETE",
    below: string,
    parameters: Record<string, string>,
    call: OperationContext,
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

  private async describe(row: GuestRow, name: string, text: string, call: OperationContext): Promise<void> {
    // An empty parameter may be ignored, and white space is trimmed.
    const description = text === "" ? " " : text;
    const where = (at: GuestRow) => `${guestPath(at)}${path`/snapshot/${name}/config`}`;
    this.guests.changed(idOf(row));
    try {
      await this.guests.onItsNode(row, (at) => this.api.change("PUT", where(at), { description }, call), call);
    } finally {
      this.guests.changed(idOf(row));
    }
  }

  private async read(targetId: string, how: InspectOptions, call: OperationContext) {
    const { row, snapshots } = await this.guests.read(targetId, how, call);
    const transientStates = snapshots.filter(({ snapstate }) => snapstate !== undefined);
    const began =
      transientStates.length > 0 ? Math.max(...transientStates.map(({ snaptime }) => snaptime * 1000)) : undefined;
    return { row, snapshots, work: await this.work.on(row, began, call) };
  }

  /** @throws SnapstateError `not-found` when a complete list has no snapshot of that name and time */
  private async require(ref: SnapshotRef, call: OperationContext) {
    const { row, snapshots, work } = await this.read(ref.targetId, {}, call);
    const snapshot = snapshots.find((one) => one.name !== "current" && snapshotId(one) === ref.snapshotId);
    if (snapshot === undefined) throw noSuchSnapshot(ref, snapshots, call);
    if (work.stuck !== undefined) throw lockedBy(row, work.stuck, call);
    return { row, snapshot, running: powerOf(row, snapshots) === "on" };
  }

  /** Whether the guest's file systems were frozen: only the absence of warnings in the log shows it. */
  private async provenFrozen(
    row: GuestRow,
    all: readonly SnapshotRow[],
    upid: string,
    call: OperationContext,
  ): Promise<boolean> {
    const state = stateOf(row, all, { tasks: [] });
    const { quiesceReady } = await this.readiness.add(row, state.powerState === "on", state, call);
    if (!quiesceReady?.ready) return false;
    const frozen = wasFrozen(await this.tasks.log(upid, call));
    if (frozen !== true) call.report({ message: `the file systems were not frozen: ${frozen}`, severity: "warning" });
    return frozen === true;
  }
}
