import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import { CoalescedReader, type OperationContext } from "../../core/operation";
import type { SnapshotRef } from "../contract-types";
import { type OvhApi, path } from "./client/api";
import {
  backupReply,
  detailsReply,
  ids,
  names,
  optionReply,
  snapshotReply,
  taskReply,
  type Vps,
  type VpsSnapshot,
  type VpsTask,
  vpsReply,
} from "./client/replies";
import { notThere } from "./errors";
import { snapshotId as idOf } from "./mapping";

/** One observation of a VPS. */
export interface VpsRead {
  vps: Vps;
  snapshot: VpsSnapshot | undefined;
  running: VpsTask[];
}

/** The VPS of an account, and why some could not be read: an expired service must not hide the others. */
export interface VpsList {
  vps: Vps[];
  unread: { name: string; error: SnapstateError }[];
}

/** Tasks in other transient states are few, and OVHcloud itself refuses a change while one is open. */
const RUNNING = ["todo", "doing"];

/** Maximum ended tasks to read to determine how a snapshot was removed. */
const HISTORY = 5;
/** Milliseconds for which a `recent` read may use memory. */
const RECENT_MS = 5000;

/** Reads of an account's VPS. Concurrent reads of the same data share one call. */
export class VpsReader {
  private readonly reads = new Map<string, CoalescedReader<VpsRead>>();
  private readonly known = new Map<string, CoalescedReader<string[]>>();
  /** The VPS as last read. */
  private readonly last = new Map<string, Vps>();
  /** When the option was last read as subscribed, by `performance.now()`. */
  private readonly subscribed = new Map<string, number>();
  readonly all: CoalescedReader<VpsList>;
  private accountName: string | undefined;

  constructor(private readonly api: OvhApi) {
    this.all = new CoalescedReader(async (call) => {
      const services = await api.get("/vps", names, call);
      const list: VpsList = { vps: [], unread: [] };
      const read = async (name: string) => {
        try {
          list.vps.push(await this.one(name, call));
        } catch (error) {
          if (isSnapstateError(error, "cancelled", "timeout")) throw error;
          // It was deleted during the read of the others.
          if (isSnapstateError(error, "not-found")) return;
          list.unread.push({ name, error: asSnapstateError(error, call.operation) });
        }
      };
      await Promise.all(services.map(read));
      const [first] = list.unread;
      // If none was readable, report the reason.
      if (first !== undefined && list.vps.length === 0) throw first.error;
      list.vps.sort((a, b) => services.indexOf(a.name) - services.indexOf(b.name));
      return list;
    });
  }

  /** The account of the credentials: answers of one account prove nothing about another. */
  async account(call: OperationContext): Promise<string> {
    this.accountName ??= await this.askAccount(call);
    return this.accountName;
  }

  /** @throws SnapstateError `not-found` when the API reports it twice */
  async one(name: string, call: OperationContext): Promise<Vps> {
    try {
      return await this.api.get(path`/vps/${name}`, vpsReply, call);
    } catch (error) {
      if (!isSnapstateError(error, "not-found")) throw error;
      if (!(await this.lists(name, call))) throw error;
      throw new SnapstateError({
        kind: "protocol",
        operation: call.operation,
        detail: `OVHcloud lists ${name} but reports that it does not exist`,
        hint: "Run again. The state is unchanged",
      });
    }
  }

  /** The snapshot of this id and time. @throws SnapstateError `not-found` when the VPS has another snapshot, or none */
  async require({ targetId, snapshotId }: SnapshotRef, call: OperationContext): Promise<VpsSnapshot> {
    const { snapshot } = await this.of(targetId).fresh(call);
    const there = snapshot && idOf(snapshot);
    if (snapshot === undefined || there !== snapshotId) throw notThere(snapshotId, there, call);
    return snapshot;
  }

  of(name: string): CoalescedReader<VpsRead> {
    let read = this.reads.get(name);
    if (read === undefined) {
      read = new CoalescedReader((call) => this.read(name, call));
      this.reads.set(name, read);
    }
    return read;
  }

  /** Times of the restore points of the automated backup; none without that option. */
  restorePoints(name: string): CoalescedReader<string[]> {
    let snapshots = this.known.get(name);
    if (snapshots === undefined) {
      snapshots = new CoalescedReader(async (call) => {
        const where = path`/vps/${name}/automatedBackup/restorePoints`;
        return (await this.unlessAbsent(this.api.get(where, names, call))) ?? [];
      });
      this.known.set(name, snapshots);
    }
    return snapshots;
  }

  backup(name: string, call: OperationContext): Promise<{ state: string; schedule?: string | null } | undefined> {
    return this.unlessAbsent(this.api.get(path`/vps/${name}/automatedBackup`, backupReply, call));
  }

  /** After a create, whose task was the only one: the snapshot is new, and the VPS is as it was read before. */
  async afterCreate(name: string, call: OperationContext): Promise<VpsRead> {
    const vps = this.last.get(name);
    if (vps === undefined) return this.of(name).fresh(call);
    return { vps, snapshot: await this.unlessAbsent(this.snapshot(name, call)), running: [] };
  }

  /** Whether the option was subscribed in the last seconds; reads it otherwise. A change of the VPS ends that. */
  async recentOption(name: string, option: string, call: OperationContext): Promise<string> {
    const at = this.subscribed.get(name);
    if (at !== undefined && performance.now() - at <= RECENT_MS) return "subscribed";
    const state = await this.option(name, option, call);
    if (state === "subscribed") this.subscribed.set(name, performance.now());
    return state;
  }

  /** State of the paid option; `none` if it was never ordered. */
  async option(name: string, option: string, call: OperationContext): Promise<string> {
    const found = await this.unlessAbsent(this.api.get(path`/vps/${name}/option/${option}`, optionReply, call));
    return found?.state ?? "none";
  }

  /** Ended tasks of one type, newest first, while the API keeps them. */
  async ended(name: string, type: string, call: OperationContext): Promise<VpsTask[]> {
    const found = await this.api.get(path`/vps/${name}/tasks`, ids, call, { type, state: "done" });
    const newest = found.sort((a, b) => Number(b) - Number(a)).slice(0, HISTORY);
    return (await Promise.all(newest.map((id) => this.task(name, id, call)))).flatMap((task) => task ?? []);
  }

  /** Called before and after a change: earlier reads are no longer recent. */
  changed(name: string): void {
    this.reads.get(name)?.changed();
    this.known.get(name)?.changed();
    this.subscribed.delete(name);
  }

  /** The snapshot first: its absence is proven only if the VPS is read afterwards. */
  private async read(name: string, call: OperationContext): Promise<VpsRead> {
    const running = await Promise.all(RUNNING.map((state) => this.tasks(name, state, call)));
    const snapshot = await this.unlessAbsent(this.snapshot(name, call));
    const vps = await this.one(name, call);
    this.last.set(name, vps);
    const unique = new Map(running.flat().map((task) => [task.id, task]));
    return { vps, snapshot, running: [...unique.values()] };
  }

  private snapshot(name: string, call: OperationContext): Promise<VpsSnapshot> {
    return this.api.get(path`/vps/${name}/snapshot`, snapshotReply, call);
  }

  private async tasks(name: string, state: string, call: OperationContext): Promise<VpsTask[]> {
    const found = (await this.unlessAbsent(this.api.get(path`/vps/${name}/tasks`, ids, call, { state }))) ?? [];
    const tasks = await Promise.all(found.map((id) => this.task(name, id, call)));
    return tasks.flatMap((task) => (task !== undefined && RUNNING.includes(task.state) ? [task] : []));
  }

  private task(name: string, id: string, call: OperationContext): Promise<VpsTask | undefined> {
    return this.unlessAbsent(this.api.get(path`/vps/${name}/tasks/${id}`, taskReply, call));
  }

  private async askAccount(call: OperationContext): Promise<string> {
    try {
      return (await this.api.get("/auth/details", detailsReply, call)).account;
    } catch (error) {
      if (!isSnapstateError(error, "permission", "not-found", "protocol")) throw error;
      throw new SnapstateError({
        kind: error.kind === "permission" ? "permission" : "protocol",
        operation: call.operation,
        detail: `the account's name cannot be read: ${error.detail ?? error.kind}`,
        code: error.code,
        requestId: error.requestId,
        hint: "Grant GET /auth/details to the credentials, or set account in the connection",
      });
    }
  }

  /** Credentials for single VPS may not read the list: then the first answer is used. */
  private async lists(name: string, call: OperationContext): Promise<boolean> {
    try {
      return (await this.api.get("/vps", names, call)).includes(name);
    } catch (error) {
      if (isSnapstateError(error, "permission")) return false;
      throw error;
    }
  }

  private async unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (isSnapstateError(error, "not-found")) return undefined;
      throw error;
    }
  }
}
