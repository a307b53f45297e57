import { type ErrorKind, SnapstateError } from "../../provider/core/errors";
import { backoff, type OperationContext, sleep, throwIfAborted } from "../../provider/core/operation";
import type {
  CreateSpec,
  Driver,
  Feature,
  RemoveOptions,
  SnapshotEdit,
  SnapshotKind,
  SnapshotRef,
  Support,
  TargetSelector,
  TargetState,
} from "../../provider/platforms/contract";
import { decodeText, encodeText } from "../../provider/platforms/ownership";

/** One machine as the platform's API returns it. */
export interface Machine {
  id: string;
  label: string;
  copies: { id: string; label: string; text: string; taken: number }[];
  jobs: { id: string; what: string }[];
}

/** The client of a minimal platform with machines and jobs. */
export interface Wire {
  machines(): Promise<Machine[]>;
  /** Sends one request. @returns the job's id */
  begin(what: string, machine: string, details?: Record<string, string | undefined>): Promise<string>;
  job(id: string): Promise<{ ended: boolean; made?: string }>;
}

/** A refusal by the platform. After any other error it is unknown whether the request was carried out. */
export class Refusal extends Error {
  constructor(
    readonly word: "no such machine" | "no such copy" | "machine has a job",
    readonly request: string,
  ) {
    super(word);
  }
}

const CAN: readonly Feature[] = ["create", "description", "rename", "describe", "revert"];
const NO = { reason: "has nothing of the kind", remedy: "Leave it out" };

/** A complete driver, written from the contract alone. */
export class BareDriver implements Driver {
  readonly platform = "bare";
  constructor(private readonly wire: Wire) {}

  supports(_kind: SnapshotKind, feature: Feature): Support {
    return CAN.includes(feature) ? { supported: true } : { supported: false, ...NO };
  }

  async installation(call: OperationContext): Promise<string> {
    throwIfAborted(call);
    return "bare-1";
  }

  async findTarget(_kind: SnapshotKind, { by, value }: TargetSelector, call: OperationContext) {
    const fits = ({ id, label }: Machine) => (by !== "name" && id === value) || (by !== "id" && label === value);
    const [first, ...others] = (await this.machines(call)).filter(fits);
    if (first && others.length === 0) return { id: first.id, name: first.label };
    const detail = `${first ? [first, ...others].map(({ id }) => id).join(" and ") : "nothing"} is named ${value}`;
    throw new SnapstateError({ kind: first ? "ambiguous" : "not-found", operation: call.operation, detail });
  }

  async inspect(_kind: SnapshotKind, targetId: string, call: OperationContext): Promise<TargetState> {
    const machine = (await this.machines(call)).find(({ id }) => id === targetId);
    if (!machine) throw failed(new Refusal("no such machine", targetId), call, "unreachable");
    return {
      target: { id: machine.id, name: machine.label },
      powerState: "unknown",
      snapshots: machine.copies.map(({ id, label, text, taken }) => ({
        ...{ id, name: label, ...decodeText(text), createdAt: new Date(taken).toISOString() },
        ...{ isCurrent: false, depth: 1, consistency: "crash", powerState: "unknown" },
      })),
      blockers: [],
      runningTasks: machine.jobs.map(({ id, what }) => ({ id, operation: what })),
      resizeBlocked: false,
    };
  }

  async settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void> {
    for (const { id } of (await this.inspect(kind, targetId, call)).runningTasks) await this.ended(id, call);
  }

  async createSnapshot(_kind: SnapshotKind, targetId: string, { name, ...text }: CreateSpec, call: OperationContext) {
    const { made = "" } = await this.change("copy", targetId, { label: name, text: encodeText(text) }, call);
    return { snapshotId: made };
  }

  async editSnapshot(_kind: SnapshotKind, ref: SnapshotRef, { name, text }: SnapshotEdit, call: OperationContext) {
    const to = { copy: ref.snapshotId, label: name, text: text && encodeText(text) };
    await this.change("edit", ref.targetId, to, call);
  }

  async removeSnapshot(_kind: SnapshotKind, ref: SnapshotRef, options: RemoveOptions, call: OperationContext) {
    if (options.removeChildren)
      throw new SnapstateError({ kind: "unsupported", operation: call.operation, detail: NO.reason, hint: NO.remedy });
    await this.change("drop", ref.targetId, { copy: ref.snapshotId }, call);
  }

  async revertToSnapshot(_kind: SnapshotKind, ref: SnapshotRef, _how: unknown, call: OperationContext): Promise<void> {
    await this.change("revert", ref.targetId, { copy: ref.snapshotId }, call);
  }

  async close(): Promise<void> {}

  private machines(call: OperationContext): Promise<Machine[]> {
    throwIfAborted(call);
    return this.wire.machines().catch((error) => Promise.reject(failed(error, call, "unreachable")));
  }

  private async change(
    what: string,
    machine: string,
    details: Record<string, string | undefined>,
    call: OperationContext,
  ) {
    throwIfAborted(call);
    const job = this.wire.begin(what, machine, details);
    return this.ended(await job.catch((error) => Promise.reject(failed(error, call, "lost-reply"))), call);
  }

  /** Waits for the end of a job, including jobs of other clients. */
  private async ended(id: string, call: OperationContext): Promise<{ made?: string }> {
    for (let observation = 1; ; observation++) {
      throwIfAborted(call, id);
      const job = await this.wire.job(id).catch((error) => Promise.reject(failed(error, call, "lost-reply")));
      if (job.ended) return job;
      await sleep(Math.min(backoff(observation, { first: 10, max: 100 }), call.deadline.left), call.signal);
    }
  }
}

function failed(error: unknown, { operation }: OperationContext, otherwise: ErrorKind): SnapstateError {
  if (!(error instanceof Refusal)) return new SnapstateError({ kind: otherwise, operation, detail: String(error) });
  const kind = error.word === "machine has a job" ? "busy" : "not-found";
  return new SnapstateError({ kind, operation, detail: error.word, requestId: error.request });
}
