import { say } from "./stage";

/** Thrown to end the quickstart after a Ctrl-C. */
export class InterruptedError extends Error {}

/**
 * Ctrl-C, SIGTERM, or a closed terminal. The first one cancels the engine's command and waits for it; the second one
 * does not wait. Either way, started processes are stopped and files removed.
 */
export class Interrupt {
  private readonly cancel = new AbortController();
  private readonly kill = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.receive);
  }

  /** Aborted by the first one. */
  get signal(): AbortSignal {
    return this.cancel.signal;
  }

  /** Aborted by the second one. */
  get killSignal(): AbortSignal {
    return this.kill.signal;
  }

  /** Registers work that must finish after the first one. */
  track<T>(work: Promise<T>): Promise<T> {
    this.running = work;
    return work;
  }

  /**
   * The work's result. @throws InterruptedError after the registered work has ended, or immediately after the second
   * one
   */
  async race<T>(work: Promise<T>): Promise<T> {
    let interrupted: () => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      const end = () => reject(new InterruptedError());
      interrupted = () => void this.running.then(end, end);
      this.signal.addEventListener("abort", interrupted, { once: true });
      this.killSignal.addEventListener("abort", end, { once: true });
    });
    if (this.signal.aborted) interrupted();
    // Failures after an interrupt are its consequences.
    work.catch(() => {});
    return Promise.race([work, ended]);
  }

  private readonly receive = () => {
    if (this.kill.signal.aborted) return;
    if (this.signal.aborted) this.kill.abort();
    else {
      say(
        "\nInterrupting: the running command is cancelled and everything is removed. Press Ctrl-C again to skip the wait.",
      );
      this.cancel.abort();
    }
  };
}
