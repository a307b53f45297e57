import { isSnapstateError, SnapstateError } from "../../core/errors";
import { Deadline, every, type OperationContext } from "../../core/operation";
import type {
  CreatedSnapshot,
  CreateSpec,
  Download,
  Driver,
  InspectOptions,
  RevertForecast,
  SnapshotEdit,
  UnreadListener,
} from "../contract";
import type { SnapshotKind, SnapshotRef, Target, TargetSelector, TargetState } from "../contract-types";
import { decodeNamedText, encodeNamedText } from "../ownership";
import { unsupported } from "../shared/refusals";
import { settleTasks } from "../shared/settle-tasks";
import type { Access } from "./client/access";
import { OvhApi, path } from "./client/api";
import { nothing, taskReply, type VpsTask } from "./client/replies";
import { TaskWaiter } from "./client/tasks";
import { downloadOf } from "./download";
import { another } from "./errors";
import { consumedAt } from "./history";
import * as snapshots from "./mapping";
import { SNAPSHOT_OPTION, SnapshotOption } from "./option";
import { advice, backupAdvice, blockers } from "./readiness";
import type { OvhVpsSettings } from "./settings";
import { support } from "./support";
import { findVps, targetState, vpsTarget } from "./targets";
import { type VpsRead, VpsReader } from "./vps-reader";

const NAME = "OVHcloud";
/** Milliseconds for an abort after a cancel by the user. */
const ABORT_LIMIT_MS = 10_000;

/** OVHcloud VPS: Snapshot is the one snapshot of a VPS, RecoveryPoint a restore point of its automated backup. */
export class OvhVpsDriver implements Driver {
  readonly platform = "ovh-vps";
  readonly supports = support;
  readonly textLimits = () => snapshots.TEXT_LIMITS;
  private readonly api: OvhApi;
  private readonly reader: VpsReader;
  private readonly tasks: TaskWaiter;
  readonly subscription: SnapshotOption;
  readonly download: Download;

  constructor(
    private readonly settings: OvhVpsSettings,
    access: Access,
  ) {
    this.api = new OvhApi(access, settings);
    this.reader = new VpsReader(this.api);
    this.tasks = new TaskWaiter(this.api, settings.pollInterval);
    this.download = downloadOf(this.api, this.reader);
    this.subscription = new SnapshotOption(this.api, this.reader, settings.pollInterval);
  }

  selectorProblem(_kind: SnapshotKind, { by, value }: TargetSelector): string | undefined {
    if ((by !== "id" && by !== "path") || value.includes(".")) return undefined;
    return `${JSON.stringify(value)} is not a service name of a VPS. Use one like vps-1a2b3c4d.vps.ovh.net, or name`;
  }

  maxSnapshots(kind: SnapshotKind): number | undefined {
    return kind === "snapshot" ? 1 : undefined;
  }

  /** The account: another account's answers prove nothing about a VPS. */
  async installation(call: OperationContext): Promise<string> {
    const account = this.settings.account ?? (await this.reader.account(call));
    return `${new URL(this.api.access.url).host}/${account}`;
  }

  findTarget(
    _kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    how?: Pick<InspectOptions, "freshness">,
  ): Promise<Target> {
    return findVps(this.reader, selector, call, how);
  }

  async listTargets(_kind: SnapshotKind, call: OperationContext, onUnread?: UnreadListener): Promise<Target[]> {
    const { vps, unread } = await this.reader.all.fresh(call);
    const [first] = unread;
    if (first !== undefined && onUnread === undefined) throw first.error;
    for (const { name, error } of unread) onUnread?.(name, error);
    return vps.map(vpsTarget);
  }

  async inspect(
    kind: SnapshotKind,
    id: string,
    call: OperationContext,
    how: InspectOptions = {},
  ): Promise<TargetState> {
    const freshness = how.freshness ?? "fresh";
    const [read, times] = await Promise.all([
      this.reader.of(id)[freshness](call),
      kind === "snapshot" ? [] : this.reader.restorePoints(id)[freshness](call),
    ]);
    const state = targetState(read, kind === "snapshot" ? undefined : times);
    return { ...state, ...(how.readiness ? await this.readiness(kind, read, call) : {}) };
  }

  settle(kind: SnapshotKind, id: string, call: OperationContext): Promise<void> {
    const running = async () => (await this.inspect(kind, id, call)).runningTasks;
    return settleTasks(running, every(this.settings.pollInterval), call);
  }

  async createSnapshot(
    kind: SnapshotKind,
    id: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot> {
    for (const [feature, wanted] of [
      ["create", true],
      ["memory", spec.memory],
    ] as const) {
      const able = support(kind, feature);
      if (wanted && !able.supported) throw unsupported(NAME, able, call);
    }
    const description = encodeNamedText(spec.name, spec, call.operation);
    const where = path`/vps/${id}/createSnapshot`;
    const task = await this.start(id, () =>
      this.api.change("POST", where, { description }, taskReply, call).catch((error) => this.explain(error, id, call)),
    );
    try {
      await this.finish(id, task, call);
    } catch (error) {
      if (this.settings.abortOnCancel && isSnapstateError(error, "cancelled", "timeout")) await this.abort(id, call);
      throw error;
    }
    const read = await this.reader.afterCreate(id, call);
    const { snapshot } = read;
    if (snapshot === undefined) throw another("no snapshot", task.id, call);
    if (!sameText(snapshot.description, description)) {
      throw another(`one with another description, ${snapshots.snapshotId(snapshot)}`, task.id, call);
    }
    return { snapshotId: snapshots.snapshotId(snapshot), state: targetState(read) };
  }

  async editSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    edit: SnapshotEdit,
    call: OperationContext,
  ): Promise<void> {
    const able = support(kind, edit.name === undefined ? "describe" : "rename");
    if (!able.supported) throw unsupported(NAME, able, call);
    const { name, ...text } = decodeNamedText((await this.reader.require(snapshot, call)).description);
    const description = encodeNamedText(edit.name ?? name, edit.text ?? text, call.operation);
    const where = path`/vps/${snapshot.targetId}/snapshot`;
    await this.start(snapshot.targetId, () => this.api.change("PUT", where, { description }, nothing, call));
  }

  async removeSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    how: { removeChildren: boolean },
    call: OperationContext,
  ): Promise<void> {
    if (kind === "recovery-point") throw unsupported(NAME, support(kind, "create"), call);
    if (how.removeChildren) throw unsupported(NAME, support(kind, "remove-children"), call);
    await this.reader.require(snapshot, call);
    const where = path`/vps/${snapshot.targetId}/snapshot`;
    const task = await this.start(snapshot.targetId, () =>
      this.api.change("DELETE", where, undefined, taskReply, call),
    );
    await this.finish(snapshot.targetId, task, call);
  }

  async revertToSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    _how: object,
    call: OperationContext,
  ): Promise<void> {
    const { targetId, snapshotId } = snapshot;
    const task = await this.start(targetId, async () => {
      if (kind === "recovery-point") {
        const where = path`/vps/${targetId}/automatedBackup/restore`;
        return this.api.change("POST", where, { restorePoint: snapshotId, type: "full" }, taskReply, call);
      }
      await this.reader.require(snapshot, call);
      return this.api.change("POST", path`/vps/${targetId}/snapshot/revert`, undefined, taskReply, call);
    });
    await this.finish(targetId, task, call);
  }

  forecastRevert(kind: SnapshotKind): RevertForecast {
    return { powerAfter: "unknown", consumesSnapshot: kind === "snapshot" };
  }

  consumedAt(kind: SnapshotKind, snapshot: SnapshotRef, call: OperationContext): Promise<string | undefined> {
    return consumedAt(this.reader, kind, snapshot, call);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  private async readiness(kind: SnapshotKind, { vps }: VpsRead, call: OperationContext): Promise<Partial<TargetState>> {
    if (kind === "recovery-point") return { advice: backupAdvice(await this.reader.backup(vps.name, call)) };
    const option = await this.reader.recentOption(vps.name, SNAPSHOT_OPTION, call);
    const price = option === "subscribed" ? undefined : await this.subscription.priceInWords(vps.name, call);
    return { blockers: blockers(vps, option, price), advice: advice() };
  }

  /** The codes of these refusals are not documented, so the cause is determined by a read. */
  private async explain(error: unknown, id: string, call: OperationContext): Promise<never> {
    if (!isSnapstateError(error, "conflict", "bad-input", "not-found", "protocol", "permission")) throw error;
    const { snapshots: there, blockers: found } = await this.inspect("snapshot", id, call, { readiness: true });
    const [first] = there;
    const reason = found[0]?.message ?? (first && `the VPS already has the snapshot ${first.id}; it can have only one`);
    if (reason === undefined) throw error;
    const detail = `${reason}. The API said: ${error.detail ?? error.kind}`;
    const { operation, code, requestId } = error;
    throw new SnapstateError({
      kind: found.length > 0 ? "guard" : "conflict",
      operation,
      detail,
      code,
      requestId,
    });
  }

  private async start<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.reader.changed(id);
    try {
      return await work();
    } finally {
      this.reader.changed(id);
    }
  }

  private async finish(id: string, task: VpsTask, call: OperationContext): Promise<void> {
    try {
      await this.tasks.wait(id, task, call);
    } finally {
      this.reader.changed(id);
    }
  }

  private async abort(id: string, call: OperationContext): Promise<void> {
    const own = { ...call, signal: new AbortController().signal, deadline: new Deadline(ABORT_LIMIT_MS) };
    try {
      await this.api.change("POST", path`/vps/${id}/abortSnapshot`, undefined, nothing, own);
      call.report({ message: "requested an abort of the snapshot", severity: "warning" });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      call.report({ message: `could not abort the snapshot: ${why}`, severity: "warning" });
    }
  }
}

/** Ignores white space, which the platform may change. */
function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, " ").trim();
  return plain(a) === plain(b);
}
