import type { Run } from "./run";
import type { ResourceState } from "./types";

const MAXIMUM = 100;

/** Does something again for as long as it fails and the resource's error hooks ask for that. */
export async function withErrorHooks<T>(
  run: Run,
  operation: "create" | "update" | "delete",
  state: ResourceState,
  old: ResourceState | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const errors: string[] = [];
  for (;;) {
    try {
      return await work();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      if ((state.resourceHooks?.onError ?? []).length === 0) throw error;
      if (errors.length >= MAXIMUM) {
        run.report("warning", `maximum number of error hook retries (${MAXIMUM}) reached`, state.urn);
        throw error;
      }
      if (!(await run.hooks.wantsRetry(operation, state, old, errors))) throw error;
      const count = `${errors.length}/${MAXIMUM}`;
      run.report("warning", `retrying ${operation} due to on-error hook request (${count})`, state.urn);
    }
  }
}
