import type { OperationContext } from "../../core/operation";
import type { SnapshotKind } from "../contract-types";
import type { Actions } from "./actions";
import type { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import { type Entity, type Job, jobsReply } from "./client/replies";
import { idOf, stateOf, textOf, WORDS } from "./kinds";
import { timeOf } from "./mapping";
import type { TargetRead } from "./reader";
import { readVmSnapshot, readVolumeSnapshot } from "./texts";

/** Milliseconds to wait for a removal by other users, whose jobs are invisible. */
const FOREIGN_REMOVAL_WAIT_MS = 60_000;

interface Options {
  pageSize: number;
  /** Milliseconds to wait for work without a visible job. */
  stuckAfter: number;
}

/**
 * Distinguishes snapshots in progress from stalled ones: a job that failed, or died with its server, leaves them in a
 * transient state forever. Volume snapshots name their job; for VM snapshots, the account's list of jobs is used.
 */
export class StalledSnapshots {
  /** When this process first saw a row in a state without a job, by `performance.now()`. */
  private readonly firstSeen = new Map<string, number>();

  constructor(
    private readonly api: CloudStackApi,
    private readonly actions: Actions,
    private readonly options: Options,
  ) {}

  /**
   * @param reread reads the target again: a row may have changed while jobs were read
   * @returns the newest read, and the ids of stalled snapshots
   */
  async find(
    kind: SnapshotKind,
    read: TargetRead,
    reread: () => Promise<TargetRead>,
    call: OperationContext,
  ): Promise<{ read: TargetRead; stuck: ReadonlySet<string> }> {
    const before = this.doubtful(kind, read);
    if (before.length === 0) return { read, stuck: new Set() };
    const jobs = kind === "snapshot" ? [] : await this.vmSnapshotJobs(call);
    const now = await reread();
    const same = (row: Entity) => before.some((old) => idOf(old) === idOf(row) && stateOf(old) === stateOf(row));
    const still = this.doubtful(kind, now).filter(same);
    const stuck = still.filter((row) => !jobs?.length && this.isStuck(kind, row, jobs !== undefined));
    return { read: now, stuck: new Set(stuck.map(idOf)) };
  }

  /** Rows in a transient state without a known job. */
  private doubtful(kind: SnapshotKind, { snapshots }: TargetRead): Entity[] {
    return snapshots.filter(
      (row) =>
        WORDS[kind].transientStates.includes(stateOf(row)) &&
        textOf(row, "jobid") === undefined &&
        this.actions.jobOf(idOf(row)) === undefined,
    );
  }

  /** @param visible whether jobs of this account are visible */
  private isStuck(kind: SnapshotKind, row: Entity, visible: boolean): boolean {
    const words = WORDS[kind];
    const state = stateOf(row);
    const seen = `${idOf(row)} ${state}`;
    const since = this.firstSeen.get(seen) ?? performance.now();
    this.firstSeen.set(seen, since);
    const watched = performance.now() - since;
    const ours = (kind === "snapshot" ? readVolumeSnapshot : readVmSnapshot)(row).ownership !== undefined;
    // A second removal is harmless, so no proof is needed that no removal is running.
    if (words.ending.includes(state)) return ours || watched >= FOREIGN_REMOVAL_WAIT_MS;
    if (!words.beginning.includes(state)) return watched >= this.options.stuckAfter;
    // The job's row is written after that of the snapshot.
    if (ours && visible && state !== "Allocated") return true;
    const age = Date.now() - Date.parse(timeOf(row));
    return (visible || state === "Allocated" ? age : watched) >= this.options.stuckAfter;
  }

  /** Pending jobs of this account on VM snapshots, except those of this process. Undefined if they cannot be listed. */
  private async vmSnapshotJobs(call: OperationContext): Promise<Job[] | undefined> {
    try {
      const jobs: Job[] = [];
      for (let page = 1; ; page++) {
        const paging = { page: String(page), pagesize: String(this.options.pageSize) };
        const reply = jobsReply.safeParse(await this.api.read("listAsyncJobs", paging, call));
        if (!reply.success) return undefined;
        const { count = 0, asyncjobs = [] } = reply.data;
        jobs.push(...asyncjobs);
        if (asyncjobs.length === 0 || jobs.length >= count) break;
      }
      return jobs.filter(
        ({ jobstatus, jobid = "", cmd = "" }) =>
          jobstatus === 0 && /VMSnapshotCmd$/.test(cmd) && !this.actions.isJob(jobid),
      );
    } catch (error) {
      if (error instanceof CloudStackFailure) return undefined;
      throw error;
    }
  }
}
