import { type ErrorKind, SnapstateError } from "../../provider/errors";
import type {
  CreateSpec,
  Feature,
  Hypervisor,
  PointEdit,
  PointKind,
  PointRef,
  Support,
  TargetSelector,
  TargetState,
} from "../../provider/hypervisors/contract";
import { decodeText, encodeText } from "../../provider/hypervisors/ownership";
import { backoff, type Call, sleep, throwIfOver } from "../../provider/waiting";

/** What the platform's API shows of one machine. */
export interface Machine {
  id: string;
  label: string;
  copies: { id: string; label: string; text: string; taken: number }[];
  jobs: { id: string; what: string }[];
}

/** The client of a platform as simple as one can be: machines, and jobs that change them. */
export interface Wire {
  machines(): Promise<Machine[]>;
  /** Sent once. @returns the job's id */
  begin(what: string, machine: string, details?: Record<string, string | undefined>): Promise<string>;
  job(id: string): Promise<{ ended: boolean; made?: string }>;
}

/** A refusal in the platform's own words. Every other failure of the wire leaves open whether a request was carried out. */
export class Refusal extends Error {
  constructor(
    readonly word: "no such machine" | "no such copy" | "machine has a job",
    readonly request: string,
  ) {
    super(word);
  }
}

const CAN: readonly Feature[] = ["create", "description", "rename", "describe", "revert"];
const NO = { because: "has nothing of the kind", instead: "Leave it out" };

/** A whole driver, written from what the contract says and nothing else. */
export class BareDriver implements Hypervisor {
  readonly platform = "bare";
  constructor(private readonly wire: Wire) {}

  supports(_kind: PointKind, feature: Feature): Support {
    return CAN.includes(feature) ? { supported: true } : { supported: false, ...NO };
  }

  maxPoints(): undefined {}

  async installation(call: Call): Promise<string> {
    throwIfOver(call);
    return "bare-1";
  }

  async findTarget(_kind: PointKind, { by, value }: TargetSelector, call: Call) {
    const fits = ({ id, label }: Machine) => (by !== "name" && id === value) || (by !== "id" && label === value);
    const [first, ...others] = (await this.machines(call)).filter(fits);
    if (first && others.length === 0) return { id: first.id, name: first.label };
    const answered = `${first ? [first, ...others].map(({ id }) => id).join(" and ") : "nothing"} is named ${value}`;
    throw new SnapstateError({ kind: first ? "ambiguous" : "not-found", doing: call.doing, answered });
  }

  async inspect(_kind: PointKind, targetId: string, call: Call): Promise<TargetState> {
    const machine = (await this.machines(call)).find(({ id }) => id === targetId);
    if (!machine) throw failed(new Refusal("no such machine", targetId), call, "unreachable");
    return {
      target: { id: machine.id, name: machine.label },
      powerState: "unknown",
      points: machine.copies.map(({ id, label, text, taken }) => ({
        ...{ id, name: label, ...decodeText(text), createdAt: new Date(taken).toISOString() },
        ...{ isCurrent: false, depth: 1, consistency: "crash", powerState: "unknown" },
      })),
      blockers: [],
      runningTasks: machine.jobs.map(({ id, what }) => ({ id, operation: what })),
      resizeBlocked: false,
    };
  }

  async settle(kind: PointKind, targetId: string, call: Call): Promise<void> {
    for (const { id } of (await this.inspect(kind, targetId, call)).runningTasks) await this.ended(id, call);
  }

  async createPoint(_kind: PointKind, targetId: string, spec: CreateSpec, call: Call) {
    const { made = "" } = await this.change("copy", targetId, { label: spec.name, text: encodeText(spec) }, call);
    return { pointId: made };
  }

  async editPoint(_kind: PointKind, ref: PointRef, { name, text }: PointEdit, call: Call) {
    await this.change("edit", ref.targetId, { copy: ref.pointId, label: name, text: text && encodeText(text) }, call);
  }

  async removePoint(_kind: PointKind, ref: PointRef, options: { removeChildren: boolean }, call: Call): Promise<void> {
    if (options.removeChildren) throw unsupported(call);
    await this.change("drop", ref.targetId, { copy: ref.pointId }, call);
  }

  async removeAllPoints(kind: PointKind, targetId: string, call: Call): Promise<void> {
    const { points } = await this.inspect(kind, targetId, call);
    for (const { id } of points) await this.change("drop", targetId, { copy: id }, call);
  }

  async revertToPoint(_kind: PointKind, ref: PointRef, _how: unknown, call: Call): Promise<void> {
    await this.change("revert", ref.targetId, { copy: ref.pointId }, call);
  }

  async close(): Promise<void> {}

  private machines(call: Call): Promise<Machine[]> {
    throwIfOver(call);
    return this.wire.machines().catch((error) => Promise.reject(failed(error, call, "unreachable")));
  }

  private async change(what: string, machine: string, details: Record<string, string | undefined>, call: Call) {
    throwIfOver(call);
    const job = this.wire.begin(what, machine, details);
    return this.ended(await job.catch((error) => Promise.reject(failed(error, call, "lost-reply"))), call);
  }

  /** Waits for the end of a job, whoever began it. */
  private async ended(id: string, call: Call): Promise<{ made?: string }> {
    for (let look = 1; ; look++) {
      throwIfOver(call, id);
      const job = await this.wire.job(id).catch((error) => Promise.reject(failed(error, call, "lost-reply")));
      if (job.ended) return job;
      await sleep(Math.min(backoff(look, { first: 10, max: 100 }), call.deadline.left), call.signal);
    }
  }
}

function failed(error: unknown, { doing }: Call, otherwise: ErrorKind): SnapstateError {
  if (!(error instanceof Refusal)) return new SnapstateError({ kind: otherwise, doing, answered: String(error) });
  const kind = error.word === "machine has a job" ? "busy" : "not-found";
  return new SnapstateError({ kind, doing, answered: error.word, requestId: error.request });
}

function unsupported({ doing }: Call): SnapstateError {
  return new SnapstateError({ kind: "unsupported", doing, answered: NO.because, hint: NO.instead });
}
