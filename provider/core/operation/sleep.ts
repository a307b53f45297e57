/** Resolves after the time, or as soon as the signal aborts. Never rejects: the caller decides what an abort means. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Calls back after the time. @returns a function that cancels it */
export function timeLimit(milliseconds: number, onPassed: () => void): () => void {
  const timer = setTimeout(onPassed, milliseconds);
  return () => clearTimeout(timer);
}

/**
 * Ends a sleep early. The reason is given because the default one is an error with its stack, which takes longer to make than
 * a poll's own work.
 */
export function wake(source: AbortController): void {
  source.abort("woken");
}
