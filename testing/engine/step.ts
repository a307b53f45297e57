import type { Diff } from "./property-diff";
import type { OpKind, ResourceState, StepInfo } from "./types";
import { nameOf } from "./urn";

/** One thing to do to one resource. */
export interface Step {
  op: OpKind;
  urn: string;
  old?: ResourceState;
  new?: ResourceState;
  diff?: Diff;
  /** Not made because it is not among the targets; nothing of it is saved. */
  skippedCreate?: boolean;
  resultOp?: "same" | "update" | "delete";
  apply(): Promise<void>;
}

export function infoOf(step: Step): StepInfo {
  const state = step.new ?? step.old;
  const id = step.new?.id || step.old?.id;
  const hidden = state?.hideDiff ?? [];
  return {
    op: step.op,
    urn: step.urn,
    type: state?.type ?? "",
    name: nameOf(step.urn),
    ...(id ? { id } : {}),
    diffs: step.diff?.changedKeys ?? [],
    replaceKeys: step.diff?.replaceKeys ?? [],
    ...(step.diff?.detailed ? { detailedDiff: step.diff.detailed } : {}),
    ...(step.old ? { oldInputs: step.old.inputs, oldOutputs: step.old.outputs } : {}),
    ...(step.new ? { newInputs: step.new.inputs, newOutputs: step.new.outputs } : {}),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(step.resultOp ? { resultOp: step.resultOp } : {}),
  };
}

/** Refused, not failed: the others go on, so that all of them are reported in one run. */
export class ProtectedError extends Error {
  constructor(urn: string) {
    super(
      `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect it, remove the \`protect\` flag from ` +
        "the resource in your Pulumi program and run `pulumi up`",
    );
  }
}
