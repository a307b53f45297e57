import type { Run } from "./run";
import { needs } from "./stack-state";
import type { Step } from "./step";
import { sameStep } from "./steps";
import type { ResourceState } from "./types";

/**
 * Keeps a resource that is not among the targets as it is. What it needs comes first, even when the program does not
 * mention that any more: in a state, a resource stands after everything it needs.
 */
export function untargetedSteps(run: Run, old: ResourceState, urn: string, seen: (urn: string) => boolean): Step[] {
  const steps: Step[] = [];
  const visit = (resource: ResourceState) => {
    for (const need of needs(resource)) {
      const state = run.state.old(need);
      if (state && !seen(need)) visit(state);
    }
    const copy: ResourceState = { ...resource };
    if (resource === old && urn !== old.urn) Object.assign(copy, { urn, aliases: [old.urn] });
    steps.push(sameStep(run, resource, copy));
  };
  visit(old);
  return steps;
}
