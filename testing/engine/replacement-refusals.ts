import type { Goal } from "./goal";
import type { Run } from "./run";
import type { ResourceState } from "./types";

/**
 * What must not be replaced, because it is protected or was imported by its id.
 * @throws Error, but in a preview it is only reported.
 */
export function refuseReplacement(run: Run, goal: Goal, old: ResourceState, state: ResourceState): void {
  const { preview } = run.options;
  if (state.protect && old.protect) {
    const problem = run.bail(
      `unable to replace resource "${state.urn}"\nas it is currently marked for protection. To unprotect the resource, ` +
        "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
      state.urn,
    );
    if (!preview) throw problem;
  }
  if (goal.importId !== "") {
    const message =
      "previously-imported resources that still specify an ID may not be replaced; " +
      "please remove the `import` declaration from your program";
    if (!preview) throw new Error(message);
    run.report("warning", message, state.urn);
  }
}
