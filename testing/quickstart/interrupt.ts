import { say } from "./stage";

/** Ends the quickstart after a Ctrl-C. */
export class InterruptedError extends Error {}

/**
 * Ctrl-C, SIGTERM, or the end of the terminal. The first one cancels the engine's command and waits for its end; the second one waits for nothing.
 * What was started is stopped and removed after either.
 */
export class Interrupt {
  private readonly cancel = new AbortController();
  private readonly kill = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.receive);
  }

  /** Aborted at the first one. */
  get signal(): AbortSignal {
    return this.cancel.signal;
  }

  /** Aborted at the second one. */
  get killSignal(): AbortSignal {
    return this.kill.signal;
  }

  /** Marks work that is waited for after the first one. */
  track<T>(work: Promise<T>): Promise<T> {
    this.running = work;
    return work;
  }

  /** The work's result. @throws InterruptedError after the tracked work has ended, or at once after the second one */
  async race<T>(work: Promise<T>): Promise<T> {
    let interrupted: () => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      const end = () => reject(new InterruptedError());
      interrupted = () => void this.running.then(end, end);
      this.signal.addEventListener("abort", interrupted, { once: true });
      this.killSignal.addEventListener("abort", end, { once: true });
    });
    if (this.signal.aborted) interrupted();
    // What fails after an interrupt fails because of it.
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
