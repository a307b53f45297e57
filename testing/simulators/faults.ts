import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatedReply, SimulatedRequest } from "./http-simulator";

/** A fault on the wire. */
export interface Fault {
  /** Requests to which it applies. @default all */
  match?: (request: SimulatedRequest) => boolean;
  /** Number of requests. @default 1 */
  times?: number;
  /**
   * - `latency`: the reply comes `milliseconds` later.
   * - `reset-before`: the connection breaks before the request is processed.
   * - `reset-after`: the request is carried out, and the connection breaks instead of a reply.
   * - `half-body`: carried out; half of the reply arrives.
   * - `slow-drip`: carried out; the reply comes byte by byte, `milliseconds` apart.
   * - `answer`: `reply` is sent instead, and nothing is carried out.
   * - `answer-after`: carried out, and `reply` is sent instead of the real one (a gateway's 502).
   * - `changed`: carried out, and the reply is changed by `change`.
   */
  kind: "changed" | "latency" | "reset-before" | "reset-after" | "half-body" | "slow-drip" | "answer" | "answer-after";
  milliseconds?: number;
  reply?: SimulatedReply;
  change?: (body: string) => string;
}

/** The pending faults. */
export class FaultQueue {
  private waiting: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.waiting.push({ ...fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.waiting = [];
  }

  /** The faults for this request; each is used up by one. */
  take(request: SimulatedRequest): MetFaults {
    const met = this.waiting.filter((fault) => fault.match?.(request) ?? true);
    for (const fault of met) fault.left--;
    this.waiting = this.waiting.filter((fault) => fault.left > 0);
    return new MetFaults(met);
  }
}

class MetFaults {
  constructor(private readonly faults: readonly Fault[]) {}

  async delay(): Promise<void> {
    for (const fault of this.of("latency")) await sleep(fault.milliseconds ?? 0);
  }

  /** @returns whether the connection was closed */
  before(response: ServerResponse): boolean {
    return this.cut(response, "reset-before");
  }

  remedy(): SimulatedReply | undefined {
    return this.of("answer")[0]?.reply;
  }

  /** @returns whether the connection was closed */
  after(response: ServerResponse, reply: SimulatedReply): boolean {
    const [other] = this.of("answer-after");
    if (other?.reply !== undefined) Object.assign(reply, { headers: undefined }, other.reply);
    for (const { change } of this.of("changed")) if (change) reply.body = change(reply.body);
    return this.cut(response, "reset-after");
  }

  async write(response: ServerResponse, body: string): Promise<void> {
    const bytes = Buffer.from(body);
    if (this.of("half-body").length > 0) {
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
      return;
    }
    const [slow] = this.of("slow-drip");
    if (slow === undefined) return void response.end(bytes);
    for (const byte of bytes) {
      if (response.destroyed) return;
      response.write(Buffer.of(byte));
      await sleep(slow.milliseconds ?? 10);
    }
    response.end();
  }

  private of(kind: Fault["kind"]): Fault[] {
    return this.faults.filter((fault) => fault.kind === kind);
  }

  private cut(response: ServerResponse, kind: Fault["kind"]): boolean {
    if (this.of(kind).length === 0) return false;
    response.socket?.destroy();
    return true;
  }
}
