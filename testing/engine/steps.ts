import { withErrorHooks } from "./error-hooks";
import { type Diff, inverted } from "./property-diff";
import { InitError, type StateReply } from "./provider";
import { diffResource } from "./resource-diff";
import { type Run, subjectOf } from "./run";
import { ProtectedError, type Step } from "./step";
import type { ResourceState } from "./types";
import { isProviderType } from "./urn";
import { isSecret, secret } from "./values";

const now = () => new Date().toISOString();

/** Marks what the program asked to be secret, and what is secret among the inputs. */
function markSecrets(state: ResourceState): void {
  for (const [key, value] of Object.entries(state.outputs)) {
    if (state.additionalSecretOutputs?.includes(key) || isSecret(state.inputs[key])) state.outputs[key] = secret(value);
  }
}

/** Takes over what a provider says a resource is now. */
function take(state: ResourceState, reply: StateReply): void {
  state.id = reply.id;
  state.outputs = reply.outputs;
  state.refreshBeforeUpdate = reply.refreshBeforeUpdate;
}

export function sameStep(run: Run, old: ResourceState, state: ResourceState): Step {
  return {
    op: "same",
    urn: state.urn,
    old,
    new: state,
    apply: async () => {
      state.id = old.id ?? "";
      state.outputs = old.outputs;
      if (old.initErrors) state.initErrors = old.initErrors;
      if (isProviderType(state.type)) await run.registry.same(state);
      markSecrets(state);
      run.state.markDone(old);
      run.state.markNew(state);
      run.state.save();
    },
  };
}

/** Not among the targets and not there yet: the program gets unknown outputs, and nothing is saved. */
export function skippedCreateStep(state: ResourceState): Step {
  return { op: "same", urn: state.urn, new: state, skippedCreate: true, apply: async () => {} };
}

export interface Replacing {
  old: ResourceState;
  /** Create before delete: the old one waits for its removal. */
  pendingDelete: boolean;
  diff?: Diff;
}

export function createStep(run: Run, state: ResourceState, replacing?: Replacing): Step {
  const preview = run.options.preview;
  return {
    op: replacing ? "create-replacement" : "create",
    urn: state.urn,
    ...(replacing ? { old: replacing.old } : {}),
    new: state,
    ...(replacing?.diff ? { diff: replacing.diff } : {}),
    apply: async () => {
      await run.hooks.fire("beforeCreate", state.resourceHooks, { new: state });
      await run.state.during("creating", state, async () => {
        let failure: InitError | undefined;
        if (state.custom) {
          const provider = await run.providerOf(state);
          const timeout = state.customTimeouts?.create ?? 0;
          const create = () => provider.create(subjectOf(state), state.inputs, timeout, preview);
          const reply = await withErrorHooks(run, "create", state, undefined, create).catch((error) => {
            if (!(error instanceof InitError)) throw error;
            failure = error;
            return error.state;
          });
          take(state, reply);
          if (failure) state.initErrors = failure.reasons;
          if (!failure && !preview && state.id === "") throw new Error("provider did not return an ID from Create");
        }
        state.created = state.modified = now();
        markSecrets(state);
        if (replacing?.pendingDelete) replacing.old.delete = true;
        run.state.markNew(state);
        if (replacing?.old.pendingReplacement) run.state.markDone(replacing.old);
        if (failure) throw failure;
      });
      if (state.custom) await run.hooks.fireAfter("afterCreate", state.resourceHooks, { new: state });
    },
  };
}

export function replaceStep(old: ResourceState, state: ResourceState, diff?: Diff): Step {
  return { op: "replace", urn: state.urn, old, new: state, ...(diff ? { diff } : {}), apply: async () => {} };
}

export function updateStep(run: Run, old: ResourceState, state: ResourceState, diff: Diff): Step {
  return {
    op: "update",
    urn: state.urn,
    old,
    new: state,
    diff,
    apply: async () => {
      state.id = old.id ?? "";
      await run.hooks.fire("beforeUpdate", state.resourceHooks, { new: state, old });
      await run.state.during("updating", state, async () => {
        let failure: InitError | undefined;
        if (state.custom) {
          const provider = await run.providerOf(state);
          const question = {
            id: old.id ?? "",
            oldInputs: old.inputs,
            oldOutputs: old.outputs,
            newInputs: state.inputs,
            ignoreChanges: state.ignoreChanges ?? [],
          };
          const timeout = state.customTimeouts?.update ?? 0;
          const update = () => provider.update(subjectOf(state), question, timeout, run.options.preview);
          const reply = await withErrorHooks(run, "update", state, old, update).catch((error) => {
            if (!(error instanceof InitError)) throw error;
            failure = error;
            return error.state;
          });
          // The engine keeps the id it has: an update cannot change it.
          take(state, { ...reply, id: old.id ?? "" });
          if (failure) state.initErrors = failure.reasons;
          state.modified = now();
        }
        markSecrets(state);
        run.state.markDone(old);
        run.state.markNew(state);
        if (failure) throw failure;
      });
      if (state.custom) await run.hooks.fireAfter("afterUpdate", state.resourceHooks, { new: state, old });
    },
  };
}

export interface DeleteReason {
  /** As part of a replacement. */
  replacing: boolean;
  /** Delete before replace: stays in the state until its replacement is made. */
  pendingReplacement: boolean;
  /** URNs that are deleted in this run. */
  others: ReadonlySet<string>;
}

export function deleteStep(run: Run, old: ResourceState, reason: DeleteReason): Step {
  return {
    op: reason.replacing ? "delete-replaced" : "delete",
    urn: old.urn,
    old,
    apply: async () => {
      await run.hooks.fire("beforeDelete", old.resourceHooks, { old });
      if (!reason.replacing && old.protect) throw new ProtectedError(old.urn);
      await run.state.during("deleting", old, async () => {
        const gone = old.deletedWith !== undefined && reason.others.has(old.deletedWith);
        if (!run.options.preview && old.custom && !old.external && !old.retainOnDelete && !gone) {
          const provider = await run.providerOf(old);
          const timeout = old.customTimeouts?.delete ?? 0;
          const remove = () => provider.delete(subjectOf(old), old.id ?? "", old.inputs, old.outputs, timeout);
          await withErrorHooks(run, "delete", old, old, remove);
        }
        if (reason.pendingReplacement) old.pendingReplacement = true;
        else run.state.markDone(old);
      });
      await run.hooks.fireAfter("afterDelete", old.resourceHooks, { old });
    },
  };
}

/** Deleted by an earlier run for a replacement that the program no longer asks for. */
export function removePendingReplaceStep(run: Run, old: ResourceState): Step {
  return {
    op: "remove-pending-replace",
    urn: old.urn,
    old,
    apply: async () => {
      run.state.markDone(old);
      run.state.save();
    },
  };
}

export interface Refreshed {
  step: Step;
  /** What the resource is now; undefined when it is gone. */
  result(): ResourceState | undefined;
}

/** Reads a resource as it is. The state is rewritten only when all reads are done, by the caller. */
export function refreshStep(run: Run, old: ResourceState): Refreshed {
  let state: ResourceState | undefined = old;
  const step: Step = {
    op: "refresh",
    urn: old.urn,
    old,
    new: old,
    resultOp: "same",
    apply: async () => {
      if (!old.custom || isProviderType(old.type) || old.pendingReplacement) return;
      const provider = await run.providerOf(old);
      let initErrors: string[] | undefined;
      const known = { inputs: old.inputs, outputs: old.outputs };
      const reply = await provider.read(subjectOf(old), old.id ?? "", known).catch((error) => {
        if (!(error instanceof InitError)) throw error;
        initErrors = error.reasons;
        run.report("warning", `Refreshed resource is in an unhealthy state:\n* ${error.reasons.join("\n* ")}`, old.urn);
        return { ...error.state, exists: true };
      });
      if (reply.id === "" || !reply.exists) {
        state = undefined;
        step.resultOp = "delete";
        delete step.new;
        return;
      }
      const { initErrors: _, ...rest } = old;
      const read: ResourceState = { ...rest, inputs: reply.inputs ?? old.inputs };
      if (initErrors) read.initErrors = initErrors;
      take(read, reply);
      markSecrets(read);
      state = step.new = read;
      if (old.external) return;
      const question = {
        id: read.id ?? "",
        oldInputs: read.inputs,
        oldOutputs: read.outputs,
        newInputs: old.inputs,
        ignoreChanges: old.ignoreChanges ?? [],
      };
      // As if the program ran again unchanged, and then seen from the other side.
      step.diff = inverted(await diffResource(run, provider, subjectOf(old), question));
      if (!step.diff.changes) return;
      step.resultOp = "update";
      read.modified = now();
    },
  };
  return { step, result: () => state };
}
