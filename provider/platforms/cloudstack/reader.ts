import { SnapstateError } from "../../core/errors";
import { Batcher, CoalescedReader, type OperationContext, type Outcome } from "../../core/operation";
import type { InspectOptions } from "../contract";
import type { SnapshotKind } from "../contract-types";
import type { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import { wholeList } from "./client/lists";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { NO_SUCH } from "./errors";
import { idOf, type KindWords, textOf, WORDS } from "./kinds";
import type { Scope } from "./scope";

/** Batches of at least this many targets are read by page instead of individually. */
const PAGED_READ_THRESHOLD = 4;
/** Maximum batch size; more than any program has. */
const BATCH = 10_000;
/** Milliseconds for which a `recent` read may use memory. */
const RECENT = 5000;
/** Milliseconds between two `recent` reads within which more are expected. */
const SERIES_MS = 1500;

/** One target with its snapshots, from the API's lists. */
export interface TargetRead {
  /** Undefined if the target was removed and only snapshots remain. */
  target: Entity | undefined;
  snapshots: Entity[];
}

interface Everything {
  targets: ReadonlyMap<string, Entity>;
  snapshots: ReadonlyMap<string, Entity[]>;
  at: number;
}

/**
 * Reads volumes with their snapshots, or VMs with their VM snapshots. Concurrent reads are batched: a few targets cost
 * two calls each, many cost the pages of two lists.
 */
export class TargetReader {
  private readonly words: KindWords;
  private readonly batcher: Batcher<string, TargetRead>;
  private readonly remembered = new Map<string, { read: TargetRead; at: number }>();
  /** Targets that are being changed, as last read. */
  private readonly changing = new Map<string, Entity>();
  private readonly changedAt = new Map<string, number>();
  private all: Everything | undefined;
  private readonly targets: CoalescedReader<Map<string, Entity>>;
  private readonly lists: CoalescedReader<Everything>;
  /** `recent` reads that found nothing in memory, one soon after the other. */
  private misses = 0;
  private lastMiss = 0;

  constructor(
    readonly kind: SnapshotKind,
    private readonly api: CloudStackApi,
    private readonly scope: Scope,
    private readonly pageSize: number,
  ) {
    this.words = WORDS[kind];
    this.batcher = new Batcher((ids, call) => this.readBatch(ids, call), BATCH);
    this.targets = new CoalescedReader((call) => this.everything(call, "targets"));
    this.lists = new CoalescedReader((call) => this.listAll(call));
  }

  /** Called before and after a change of a target by this process: earlier reads are no longer recent. */
  changed(id: string): void {
    const target = this.remembered.get(id)?.read.target ?? this.all?.targets.get(id);
    if (target !== undefined) this.changing.set(id, target);
    this.remembered.delete(id);
    this.changedAt.set(id, performance.now());
  }

  /** @throws SnapstateError `not-found` when it is proven that neither the target nor a snapshot of it exists. */
  async read(id: string, { freshness }: InspectOptions, call: OperationContext): Promise<TargetRead> {
    const known = freshness === "recent" ? (this.recall(id) ?? (await this.readAhead(id, call))) : undefined;
    return known ?? this.batcher.answer(id, call);
  }

  /** Checks come one by one: when several found nothing in memory, all targets are read by page for those to come. */
  private async readAhead(id: string, call: OperationContext): Promise<TargetRead | undefined> {
    const now = performance.now();
    if (now - this.lastMiss > SERIES_MS) this.misses = 0;
    this.lastMiss = now;
    if (++this.misses < PAGED_READ_THRESHOLD) return undefined;
    await this.lists.fresh(call);
    return this.recall(id);
  }

  /** After a create: only the snapshots are read again. Undefined if the target was not read before. */
  async afterCreate(id: string, call: OperationContext): Promise<TargetRead | undefined> {
    const target = this.changing.get(id);
    this.changing.delete(id);
    return target && { target, snapshots: await this.snapshotsOf(id, call) };
  }

  /** Every visible target. @param maxAge maximum age of the list in milliseconds; 0 sends a request */
  async list(call: OperationContext, maxAge: number): Promise<Entity[]> {
    const rows = await (maxAge > 0 ? this.targets.recent(call, maxAge) : this.targets.fresh(call));
    return [...rows.values()];
  }

  private recall(id: string): TargetRead | undefined {
    const after = Math.max(performance.now() - RECENT, this.changedAt.get(id) ?? 0);
    const one = this.remembered.get(id);
    if (one !== undefined && one.at > after) return one.read;
    const target = this.all?.targets.get(id);
    if (this.all === undefined || target === undefined || this.all.at <= after) return undefined;
    return { target, snapshots: this.all.snapshots.get(id) ?? [] };
  }

  private async readBatch(ids: readonly string[], call: OperationContext): Promise<Outcome<TargetRead>[]> {
    const unique = [...new Set(ids)];
    const all = unique.length >= PAGED_READ_THRESHOLD ? await this.listAll(call) : undefined;
    const outcomes = new Map<string, Outcome<TargetRead>>();
    await Promise.all(
      unique.map(async (id) => {
        const target = all?.targets.get(id);
        // Items missing from a long list are read individually.
        const reading = target ? { target, snapshots: all?.snapshots.get(id) ?? [] } : this.readOne(id, call);
        outcomes.set(
          id,
          await Promise.resolve(reading).then(
            (answer) => ({ answer }),
            (error: unknown) => ({ error }),
          ),
        );
      }),
    );
    return ids.map((id) => outcomes.get(id) as Outcome<TargetRead>);
  }

  private async readOne(id: string, call: OperationContext): Promise<TargetRead> {
    const { targets } = this.words;
    const at = performance.now();
    const { owner } = await this.scope.limits(call);
    const [found, rows] = await Promise.all([
      this.rows(targets.list, targets.key, { ...owner, id }, call),
      this.snapshotsOf(id, call),
    ]);
    const target = found?.[0];
    if (target === undefined && rows.length === 0) return this.proveGone(id, call);
    const read = { target, snapshots: rows };
    this.remembered.set(id, { read, at });
    return read;
  }

  private async snapshotsOf(id: string, call: OperationContext): Promise<Entity[]> {
    const { list, key, of } = this.words.snapshots;
    const { owner } = await this.scope.limits(call);
    return (await this.rows(list, key, { ...owner, [of]: id }, call)) ?? [];
  }

  private async listAll(call: OperationContext): Promise<Everything> {
    const at = performance.now();
    const [targets, rows] = await Promise.all([this.everything(call, "targets"), this.everything(call, "snapshots")]);
    const snapshots = new Map<string, Entity[]>();
    for (const row of rows.values()) {
      const of = textOf(row, this.words.snapshots.of) ?? "";
      snapshots.set(of, [...(snapshots.get(of) ?? []), row]);
    }
    this.all = { targets, snapshots, at };
    return this.all;
  }

  private async everything(call: OperationContext, which: "targets" | "snapshots"): Promise<Map<string, Entity>> {
    const { list, key } = this.words[which];
    const { owner, zone } = await this.scope.limits(call);
    const parameters = which === "targets" ? { ...owner, ...zone } : owner;
    const rows = await wholeList(this.api, list, key, parameters, this.pageSize, call);
    return new Map(rows.map((row) => [idOf(row), row]));
  }

  /** Undefined if the server reports that an id in the parameters never existed. */
  private async rows(
    command: string,
    key: string,
    parameters: Parameters,
    call: OperationContext,
  ): Promise<Entity[] | undefined> {
    try {
      const rows = await wholeList(this.api, command, key, parameters, this.pageSize, call);
      // A snapshot that was copied to other zones is listed once per zone.
      return [...new Map(rows.map((row) => [idOf(row), row])).values()];
    } catch (error) {
      if (error instanceof CloudStackFailure && NO_SUCH.test(error.text)) return undefined;
      throw error;
    }
  }

  /**
   * `{}` means deleted, or of another owner. So all projects, everything visible to the user, and snapshots of removed
   * targets are searched. `installation` ensures that the connection acts for the owner in the state.
   */
  private async proveGone(id: string, call: OperationContext): Promise<TargetRead> {
    const { targets, snapshots } = this.words;
    const elsewhere: Parameters[] = [{ projectid: "-1", listall: "true" }, { listall: "true" }];
    for (const where of elsewhere) {
      const [found] = (await this.rows(targets.list, targets.key, { ...where, id }, call)) ?? [];
      if (found !== undefined) throw otherOwner(targets.word, id, found, call);
    }
    const left = [...(await this.everything(call, "snapshots")).values()].filter((row) => row[snapshots.of] === id);
    if (left.length > 0) return { target: undefined, snapshots: left };
    throw new SnapstateError({
      kind: "not-found",
      operation: call.operation,
      detail: `${targets.word} ${id} does not exist, and neither does a ${snapshots.word} of it`,
    });
  }
}

/** It exists, but belongs to another owner than the connection's. */
export function otherOwner(word: string, id: string, row: Entity, call: OperationContext): SnapstateError {
  const project = textOf(row, "project") ?? textOf(row, "projectid");
  return new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail:
      project === undefined
        ? `the ${word} ${id} belongs to account ${textOf(row, "account") ?? "unknown"} of domain ${textOf(row, "domain") ?? "unknown"}`
        : `the ${word} ${id} belongs to the project ${project}`,
    hint:
      project === undefined
        ? "Set `account` and `domainId` of the connection, or use that account's keys. The state is unchanged"
        : `Set \`project\` of the connection to ${JSON.stringify(project)}. The state is unchanged`,
  });
}
