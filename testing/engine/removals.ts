import { type Deployment, PROTECTED } from "./deployment";
import { needs } from "./stack-state";
import { stepOf } from "./steps";
import type { ResourceState } from "./types";

/**
 * Removes resources, those that need others before those they need, side by side where nothing stands between them.
 * @throws Error before anything is removed when one of them is protected.
 */
export async function removeAll(run: Deployment, doomed: readonly ResourceState[], parallel: number): Promise<void> {
  const isProtected = doomed.filter((state) => state.protect && !state.delete);
  for (const { urn } of isProtected) run.diagnose(PROTECTED(urn), urn);
  if (isProtected.length > 0) {
    run.failures += isProtected.length;
    run.halt("failed");
    return;
  }
  const left = new Set(doomed);
  const urns = new Set(doomed.map(({ urn }) => urn));
  const busy = new Map<ResourceState, Promise<void>>();
  while (left.size > 0 || busy.size > 0) {
    const free = [...left].filter(
      (state) =>
        ![...left, ...busy.keys()].some(
          (other) => other !== state && needs(other).has(state.urn) && other.urn !== state.urn,
        ),
    );
    for (const state of free.slice(0, Math.max(0, parallel - busy.size))) {
      if (run.halted) break;
      left.delete(state);
      busy.set(
        state,
        removeOne(run, state, urns).finally(() => busy.delete(state)),
      );
    }
    if (busy.size === 0) return;
    await Promise.race(busy.values());
  }
}

async function removeOne(run: Deployment, state: ResourceState, gone: ReadonlySet<string>): Promise<void> {
  const hidden = state.type.startsWith("pulumi:providers:");
  if (hidden) return run.remove(state, gone);
  const op = state.external || state.retainOnDelete ? "discard" : state.delete ? "delete-replaced" : "delete";
  const step = stepOf(op, state.urn, state, undefined);
  // What it failed with is on the step and among the diagnostics; the removal of others goes on or not as the run decides.
  await run.doing(step, () => run.remove(state, gone)).catch(() => {});
}
