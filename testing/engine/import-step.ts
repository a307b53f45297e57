import type { Goal } from "./goal";
import { InitError } from "./provider";
import { type Run, subjectOf } from "./run";
import type { Step } from "./step";
import { replaceStep } from "./steps";
import type { ResourceState } from "./types";
import { packageOf } from "./urn";

/** Takes over what exists already: reads it by id alone, and keeps what the provider says it is. */
export function importStep(
  run: Run,
  state: ResourceState,
  goal: Goal,
  replaced: ResourceState | undefined,
): { step: Step; replaces?: Step } {
  const step: Step = {
    op: replaced ? "import-replacement" : "import",
    urn: state.urn,
    ...(replaced ? { old: replaced } : {}),
    new: state,
    apply: async () => {
      const provider = await run.providerOf(state);
      await run.state.during("importing", state, async () => {
        const reply = await provider.read(subjectOf(state), goal.importId).catch((error) => {
          if (!(error instanceof InitError)) throw error;
          state.initErrors = error.reasons;
          return { ...error.state, exists: true };
        });
        if (!reply.exists && reply.id === "") throw new Error(`resource '${goal.importId}' does not exist`);
        if (reply.inputs === undefined) {
          throw new Error(
            `provider does not support importing resources; please try updating the '${packageOf(state.type)}' plugin`,
          );
        }
        state.id = reply.id || goal.importId;
        state.inputs = reply.inputs;
        state.outputs = reply.outputs;
        state.refreshBeforeUpdate = reply.refreshBeforeUpdate;
        state.created = state.modified = new Date().toISOString();
        if (replaced) replaced.delete = true;
        run.state.markNew(state);
      });
    },
  };
  return replaced ? { step, replaces: replaceStep(replaced, state) } : { step };
}
