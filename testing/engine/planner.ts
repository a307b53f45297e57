import { DependentReplacements } from "./dependent-replacements";
import { type Goal, stateOfGoal } from "./goal";
import { Identities } from "./identities";
import { importStep } from "./import-step";
import {
  type Diff,
  identicalInputs,
  NO_DIFF,
  needsReplacement,
  replaceBecauseOf,
  withReplaceOnChanges,
} from "./property-diff";
import type { Provider } from "./provider";
import { checkedInputs, providerChanged, replacementTriggered } from "./provider-questions";
import { refuseReplacement } from "./replacement-refusals";
import { diffResource, withIgnored } from "./resource-diff";
import { type Run, subjectOf } from "./run";
import { needs } from "./stack-state";
import type { Step } from "./step";
import { createStep, deleteStep, replaceStep, sameStep, skippedCreateStep, updateStep } from "./steps";
import type { ResourceState } from "./types";
import { untargetedSteps } from "./untargeted";
import { isProviderType, ROOT_STACK } from "./urn";

/** Steps, and what to plan when they are done (an import is compared with the program only after it was read). */
export interface Plan {
  state: ResourceState;
  steps: Step[];
  next?: () => Promise<Plan>;
}

/** Decides what is to be done to fulfil a goal. Asked one goal at a time, in the order of the program. */
export class Planner {
  readonly identities: Identities;
  /** URNs by what this run does to them. */
  readonly handled = new Set<string>();
  readonly deletes = new Set<string>();
  readonly replaces = new Set<string>();
  readonly pendingDeletes = new Set<ResourceState>();
  private readonly skippedCreates = new Set<string>();
  private readonly dependentKeys = new Map<string, string[]>();

  constructor(private readonly run: Run) {
    this.identities = new Identities(run);
  }

  async plan(goal: Goal): Promise<Plan> {
    const urn = this.identities.claim(goal);
    const old = this.identities.find(urn, goal);
    const state = stateOfGoal(goal, urn, old);
    const recreating = this.deletes.has(urn);
    const oldImportId = old?.importID || old?.id;
    if (this.run.options.destroying && goal.custom && !isProviderType(goal.type)) {
      return this.beforeDestroy(urn, old, state);
    }
    if (goal.custom && goal.importId !== "" && (old === undefined || old.external || oldImportId !== goal.importId)) {
      this.handled.add(urn);
      const imported = importStep(this.run, state, goal, old && !recreating ? old : undefined);
      const steps = imported.replaces ? [imported.step, imported.replaces] : [imported.step];
      const next = async (): Promise<Plan> => {
        const wanted = { ...stateOfGoal(goal, urn, undefined), created: state.created ?? "" };
        const plan = await this.compare(goal, urn, state, wanted, false);
        // Nothing to change: the imported state is the result.
        return plan.steps.every((step) => step.op === "same") ? { state, steps: [] } : plan;
      };
      return { state, steps, next };
    }
    return this.compare(goal, urn, old, state, recreating);
  }

  /** In a destroy the program only says which hooks there are, and configures providers: nothing is made or changed. */
  private beforeDestroy(urn: string, old: ResourceState | undefined, state: ResourceState): Plan {
    const cut = [...needs(state)].some((need) => this.skippedCreates.has(need));
    if (old === undefined || cut) {
      this.skippedCreates.add(urn);
      return { state: { ...state, outputs: old?.outputs ?? {} }, steps: [skippedCreateStep(state)] };
    }
    state.inputs = old.inputs;
    return { state, steps: [sameStep(this.run, old, state)] };
  }

  private async compare(
    goal: Goal,
    urn: string,
    old: ResourceState | undefined,
    state: ResourceState,
    recreating: boolean,
  ): Promise<Plan> {
    const implicit = isProviderType(goal.type) || goal.type === ROOT_STACK;
    const targeted = implicit || this.isTargeted(state);
    const provider = state.custom ? await this.run.providerOf(state) : undefined;
    const forced = old !== undefined && this.run.isTargetedReplace(old.urn);
    if (provider && targeted) {
      // What was defaulted for a resource that is gone, foreign or condemned is not carried on.
      const fresh = recreating || forced || old === undefined || old.external === true;
      state.inputs = fresh
        ? await checkedInputs(this.run, provider, state, undefined, goal.inputs)
        : await checkedInputs(
            this.run,
            provider,
            state,
            old.inputs,
            withIgnored(goal.inputs, old.inputs, goal.ignoreChanges),
          );
    } else if (old) {
      state.inputs = targeted ? withIgnored(goal.inputs, old.inputs, goal.ignoreChanges) : old.inputs;
    }
    if (old && recreating) return this.recreate(old, state);
    if (old?.external) {
      this.handled.add(urn);
      const replacing = { old, pendingDelete: true };
      return this.valid({ state, steps: [createStep(this.run, state, replacing), replaceStep(old, state)] });
    }
    if (targeted && this.run.options.targets && !implicit) this.run.addTarget(urn);
    this.handled.add(urn);
    if (old === undefined) {
      if (targeted) return this.valid({ state, steps: [createStep(this.run, state)] });
      this.skippedCreates.add(urn);
      return { state, steps: [skippedCreateStep(state)] };
    }
    if (!targeted) {
      const steps = untargetedSteps(this.run, old, urn, (seen) => this.seenUntargeted(seen));
      return { state: steps.at(-1)?.new ?? state, steps };
    }
    const triggered = replacementTriggered(this.run, old, state);
    const diff = triggered ? replaceBecauseOf("replacementTrigger") : await this.diff(goal, old, state, provider);
    return this.valid({ state, steps: await this.stepsOf(goal, old, state, provider, diff) });
  }

  private isTargeted(state: ResourceState): boolean {
    if (this.run.isTargeted(state.urn)) return true;
    return (
      this.run.options.targetDependents &&
      [...needs(state)].some((urn) => this.run.options.targets && this.run.isTargeted(urn))
    );
  }

  private seenUntargeted(urn: string): boolean {
    if (this.handled.has(urn) && !this.deletes.has(urn)) return true;
    this.handled.add(urn);
    this.identities.see(urn);
    return false;
  }

  /** Deleted a moment ago because it needs something that was replaced; it is wanted, so that was a replacement too. */
  private recreate(old: ResourceState, state: ResourceState): Plan {
    this.deletes.delete(state.urn);
    this.handled.add(state.urn);
    this.replaces.add(state.urn);
    const diff: Diff = { ...NO_DIFF, changes: true, replaceKeys: this.dependentKeys.get(state.urn) ?? [] };
    const replacing = { old, pendingDelete: false, diff };
    return this.valid({ state, steps: [replaceStep(old, state, diff), createStep(this.run, state, replacing)] });
  }

  private async diff(
    goal: Goal,
    old: ResourceState,
    state: ResourceState,
    provider: Provider | undefined,
  ): Promise<Diff> {
    if (this.run.isTargetedReplace(state.urn)) return replaceBecauseOf("id");
    if (goal.replaceWith.some((urn) => this.replaces.has(urn))) return replaceBecauseOf("replaceWith");
    if (goal.deletedWith !== "" && this.replaces.has(goal.deletedWith)) return replaceBecauseOf("deletedWith");
    if (await providerChanged(this.run, this.identities, old, state)) return replaceBecauseOf("provider");
    if (provider === undefined) return identicalInputs(old.inputs, state.inputs);
    return diffResource(this.run, provider, subjectOf(state), {
      id: old.id ?? "",
      oldInputs: old.inputs,
      oldOutputs: old.outputs,
      newInputs: state.inputs,
      ignoreChanges: goal.ignoreChanges,
    });
  }

  private async stepsOf(
    goal: Goal,
    old: ResourceState,
    state: ResourceState,
    provider: Provider | undefined,
    raw: Diff,
  ): Promise<Step[]> {
    const hasInitErrors = (old.initErrors ?? []).length > 0;
    const diff = withReplaceOnChanges(raw, goal.replaceOnChanges, hasInitErrors);
    if (!diff.changes && !old.pendingReplacement) {
      // An unfinished resource gets an update without a change, to go on with its initialization.
      return [hasInitErrors ? updateStep(this.run, old, state, diff) : sameStep(this.run, old, state)];
    }
    if (!needsReplacement(diff) && !old.pendingReplacement) return [updateStep(this.run, old, state, diff)];
    return this.replacement(goal, old, state, provider, diff);
  }

  private async replacement(
    goal: Goal,
    old: ResourceState,
    state: ResourceState,
    provider: Provider | undefined,
    diff: Diff,
  ): Promise<Step[]> {
    refuseReplacement(this.run, goal, old, state);
    this.replaces.add(state.urn);
    if (provider && !this.run.isTargetedReplace(state.urn)) {
      // The first check carried defaults over from the old resource; a new one has none to carry.
      state.inputs = await checkedInputs(this.run, provider, state, undefined, goal.inputs);
    }
    if (!(goal.deleteBeforeReplace ?? diff.deleteBeforeReplace)) {
      const replacing = { old, pendingDelete: true, diff };
      return [createStep(this.run, state, replacing), replaceStep(old, state, diff)];
    }
    const steps: Step[] = [];
    const others = await new DependentReplacements(this.run, this.handled, this.deletes).of(old);
    for (const { state: dependent, keys } of others.reverse()) {
      if (this.pendingDeletes.has(dependent)) continue;
      if (dependent.protect) {
        throw this.run.bail(
          `unable to replace resource "${dependent.urn}" as part of replacing "${state.urn}" as it is currently marked ` +
            "for protection. Remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
          state.urn,
        );
      }
      this.dependentKeys.set(dependent.urn, keys);
      this.deletes.add(dependent.urn);
      this.pendingDeletes.add(dependent);
      steps.push(this.deleteReplaced(dependent));
    }
    await this.run.ensureProvider(old);
    if (!old.pendingReplacement) {
      this.deletes.add(old.urn);
      steps.push(this.deleteReplaced(old));
    }
    steps.push(replaceStep(old, state, diff), createStep(this.run, state, { old, pendingDelete: false, diff }));
    return steps;
  }

  private deleteReplaced(old: ResourceState): Step {
    return deleteStep(this.run, old, { replacing: true, pendingReplacement: true, others: this.deletes });
  }

  /** Refuses what needs a resource that the targets leave out. */
  private valid(plan: Plan): Plan {
    for (const urn of needs(plan.state)) {
      if (!this.skippedCreates.has(urn)) continue;
      const message = `Resource '${plan.state.urn}' depends on '${urn}' which was not specified in --target list.`;
      const problem = this.run.bail(message, plan.state.urn);
      if (!this.run.options.preview) throw problem;
      this.skippedCreates.delete(urn);
    }
    return plan;
  }
}
