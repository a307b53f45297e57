import type { Terminal } from "./terminal";

/** Milliseconds before progress is shown. */
const QUIET = 1500;
const INTERVAL = 200;
const CLEAR_LINE = "\r\u001b[K";

/** One line on a terminal with the progress of a long read. Silent without a terminal. */
export class Progress {
  private readonly counts = new Map<string, { done: number; total: number }>();
  private began = 0;
  private shownAt = 0;
  private shown = false;

  /** @param now milliseconds of any clock */
  constructor(
    private readonly stream: Pick<Terminal["stderr"], "isTTY" | "write">,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param what a connection's name */
  update(what: string, done: number, total: number): void {
    const now = this.now();
    if (this.counts.size === 0) this.began = now;
    this.counts.set(what, { done, total });
    if (!this.stream.isTTY || now - this.began < QUIET || now - this.shownAt < INTERVAL) return;
    this.shownAt = now;
    this.shown = true;
    const parts = [...this.counts].map(([name, count]) => `${name}: ${count.done} of ${count.total} VMs`);
    this.stream.write(`${CLEAR_LINE}Reading ${parts.join(", ")}`);
  }

  /** Called before other output, and at the end. */
  clear(): void {
    if (this.shown) this.stream.write(CLEAR_LINE);
    this.shown = false;
  }
}
