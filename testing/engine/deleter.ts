import { DependentReplacements } from "./dependent-replacements";
import type { Executor } from "./executor";
import type { Planner } from "./planner";
import type { Run } from "./run";
import { dependents, needs } from "./stack-state";
import type { Step } from "./step";
import { deleteStep, removePendingReplaceStep } from "./steps";
import type { ResourceState } from "./types";
import { untargetedSteps } from "./untargeted";

/** Removes what was replaced and what the program no longer wants, after all else was done. */
export class Deleter {
  constructor(
    private readonly run: Run,
    private readonly planner: Planner,
    private readonly executor: Executor,
  ) {}

  async all(): Promise<void> {
    const allowed = await this.allowed();
    const condemned: ResourceState[] = [];
    const kept: Step[] = [];
    const { destroying } = this.run.options;
    for (const state of destroying ? this.run.state.all() : this.run.state.base) {
      const dealtWith =
        !destroying && (this.planner.handled.has(state.urn) || this.planner.identities.taken.has(state.urn));
      if (allowed && !allowed.has(state.urn)) {
        if (!dealtWith && !state.delete) {
          kept.push(...untargetedSteps(this.run, state, state.urn, (urn) => this.seen(urn)));
        }
        continue;
      }
      if (state.delete) {
        if (!this.planner.pendingDeletes.has(state)) condemned.push(state);
      } else if (!dealtWith && !this.planner.deletes.has(state.urn)) {
        condemned.push(state);
      } else if (!dealtWith && state.pendingReplacement) {
        // Deleted on account of another's replacement, and then not asked for again.
        condemned.push(state);
      }
    }
    if (allowed && !this.refuseUnnamed(condemned)) return;
    if (kept.length > 0) await this.executor.chain(kept);
    for (const state of condemned) this.planner.deletes.add(state.urn);
    for (const state of condemned) await this.run.ensureProvider(state);
    await this.inOrder(condemned);
  }

  private seen(urn: string): boolean {
    if (this.planner.handled.has(urn)) return true;
    this.planner.handled.add(urn);
    return false;
  }

  /** What a run with targets may delete: the targets and what cannot be without them. Undefined for everything. */
  private async allowed(): Promise<Set<string> | undefined> {
    if (this.run.options.targets === undefined) return undefined;
    const urns = new Set<string>();
    const finder = new DependentReplacements(this.run, new Set(), new Set());
    for (const state of this.run.state.base) {
      if (!this.run.isTargeted(state.urn)) continue;
      urns.add(state.urn);
      for (const dependent of dependents(state, this.run.state.base)) {
        const child = dependent.parent !== undefined && urns.has(dependent.parent);
        const needed = !this.planner.handled.has(dependent.urn);
        if (needed || child) urns.add(dependent.urn);
      }
      for (const { state: dependent } of await finder.of(state)) urns.add(dependent.urn);
    }
    return urns;
  }

  /** Nothing is deleted that the user did not name, even when it cannot stay. */
  private refuseUnnamed(condemned: readonly ResourceState[]): boolean {
    if (this.run.options.targetDependents) return true;
    const unnamed = condemned.filter((state) => !this.run.isTargeted(state.urn));
    for (const { urn } of unnamed) {
      this.run.report(
        "error",
        `Resource '${urn}' will be destroyed but was not specified in --target list.\n` +
          "Either include resource in --target list or pass --target-dependents to proceed.",
        urn,
      );
    }
    return unnamed.length === 0 || this.run.options.preview;
  }

  /** In waves: nothing goes before all that needs it is gone. What needed something that failed to go stays too. */
  private async inOrder(condemned: readonly ResourceState[]): Promise<void> {
    const left = new Set(condemned);
    const stuck = new Set<string>();
    while (left.size > 0 && !this.run.stopped.aborted) {
      const wave = [...left].filter(
        (state) => ![...left].some((other) => other !== state && mustGoBefore(other, state)),
      );
      // A cycle cannot come from a program; should a state have one, deleting it beats going on for ever.
      const now = wave.length > 0 ? wave : [...left];
      for (const state of now) left.delete(state);
      const steps = now.filter((state) => !stuck.has(state.urn)).map((state) => this.step(state));
      await this.executor.parallel(steps);
      const lost = now.filter((state) => this.executor.lost.has(state.urn) || stuck.has(state.urn));
      for (const state of lost) for (const urn of needs(state)) stuck.add(urn);
    }
  }

  private step(state: ResourceState): Step {
    if (state.pendingReplacement) return removePendingReplaceStep(this.run, state);
    const replacing = state.delete === true;
    return deleteStep(this.run, state, { replacing, pendingReplacement: false, others: this.planner.deletes });
  }
}

/** Whether `first` needs `second`. Of two with one URN, the needs of others are those of the later one. */
function mustGoBefore(first: ResourceState, second: ResourceState): boolean {
  return first.urn !== second.urn && needs(first).has(second.urn);
}
