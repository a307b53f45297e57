import type { StackConfig } from "./config";
import { DefaultProviders } from "./default-providers";
import { type Executor, StoppedError } from "./executor";
import type { Goal } from "./goal";
import type { Planner } from "./planner";
import { identicalInputs } from "./property-diff";
import { InitError } from "./provider";
import { type Run, subjectOf } from "./run";
import type { Step } from "./step";
import { BailError, type Properties, type ResourceState } from "./types";
import { isProviderType, makeUrn, packageOf, ROOT_STACK } from "./urn";
import { UNKNOWN } from "./values";

export interface Registered {
  state: ResourceState;
  /** Left out by the targets: its outputs are not known. */
  unknown: boolean;
  /** It failed, in a run that goes on. */
  failed: boolean;
}

/** Takes what a program registers or reads, plans it and has it done. */
export class Registrar {
  readonly defaults: DefaultProviders;
  private planning: Promise<unknown> = Promise.resolve();
  /** What was done to a component, for its hooks when it is complete. */
  private readonly components = new Map<string, Step>();
  private stackOutputs: Properties | undefined;
  rootUrn = "";

  constructor(
    private readonly run: Run,
    private readonly planner: Planner,
    private readonly executor: Executor,
    config: StackConfig,
  ) {
    this.defaults = new DefaultProviders(config, async (goal) => (await this.fulfil(goal)).state);
  }

  /** @throws StoppedError when the run was stopped, by this resource or by another. */
  async register(goal: Goal): Promise<Registered> {
    if (goal.custom && !isProviderType(goal.type) && goal.provider === "") {
      goal.provider = await this.orStop(() => this.defaults.reference(packageOf(goal.type), goal.version));
    }
    return this.orStop(() => this.fulfil(goal));
  }

  /** `get`: what exists and is not managed here. */
  async read(goal: Goal, id: string): Promise<ResourceState> {
    if (goal.provider === "") {
      goal.provider = await this.orStop(() => this.defaults.reference(packageOf(goal.type), goal.version));
    }
    return this.orStop(async () => {
      const { state, steps } = await this.oneAtATime(async () => this.planRead(goal, id));
      await this.executor.chain(steps);
      return state;
    });
  }

  /** A component, or the stack, is complete. */
  async complete(urn: string, outputs: Properties): Promise<void> {
    if (urn === this.rootUrn) {
      // Kept until the end: after an error, an output that is missing now may only not have been reached.
      this.stackOutputs = outputs;
      return;
    }
    const state = this.run.state.current(urn);
    if (state === undefined) return;
    state.outputs = outputs;
    this.run.state.save();
    const step = this.components.get(urn);
    if (!step?.new) return;
    const kind = step.op === "update" ? "afterUpdate" : "afterCreate";
    if (step.op !== "same") await this.run.hooks.fireAfter(kind, state.resourceHooks, { new: state });
  }

  /** Saves the stack's outputs; those that a failed run did not reach stay. */
  finishStack(failed: boolean): void {
    const state = this.run.state.current(this.rootUrn);
    if (state === undefined || this.stackOutputs === undefined) return;
    const old = this.run.state.base.find(({ urn }) => urn === this.rootUrn)?.outputs ?? {};
    state.outputs = failed ? { ...old, ...this.stackOutputs } : this.stackOutputs;
    this.run.state.save();
  }

  private async fulfil(goal: Goal): Promise<Registered> {
    if (goal.type === ROOT_STACK) this.rootUrn = makeUrn(this.run.place, goal.type, goal.name, "");
    let plan = await this.oneAtATime(() => this.planner.plan(goal));
    for (;;) {
      const steps = plan.steps;
      const unknown = steps.some((step) => step.skippedCreate === true);
      if (this.run.options.continueOnError && steps.some((step) => this.executor.needsLost(step))) {
        return { state: plan.state, unknown: true, failed: true };
      }
      try {
        await this.executor.chain(steps);
      } catch (error) {
        if (error instanceof StoppedError || !this.run.options.continueOnError) throw error;
        return { state: plan.state, unknown: true, failed: true };
      }
      const last = steps.at(-1);
      if (!goal.custom && last) this.components.set(plan.state.urn, last);
      if (plan.next === undefined) return { state: plan.state, unknown, failed: false };
      plan = await this.oneAtATime(plan.next);
    }
  }

  private planRead(goal: Goal, id: string): { state: ResourceState; steps: Step[] } {
    const urn = this.planner.identities.claim(goal);
    const old = this.planner.identities.find(urn, goal);
    const state: ResourceState = {
      urn,
      custom: true,
      type: goal.type,
      id,
      inputs: goal.inputs,
      outputs: {},
      external: true,
      parent: goal.parent,
      dependencies: goal.dependencies,
      provider: goal.provider,
      additionalSecretOutputs: goal.additionalSecretOutputs,
      ...(old && old.urn !== urn ? { aliases: [old.urn] } : {}),
    };
    const replacing = old !== undefined && !old.external && old.id !== id;
    if (replacing) this.planner.replaces.add(urn);
    this.planner.handled.add(urn);
    const apply = async () => {
      await this.run.state.during("reading", state, async () => {
        if (id !== UNKNOWN) {
          const provider = await this.run.providerOf(state);
          // As the real engine: the inputs stand in for the state, which is not known.
          const known = { inputs: state.inputs, outputs: state.inputs };
          const reply = await provider.read(subjectOf(state), id, known);
          if (!reply.exists) throw new Error(`resource '${id}' does not exist`);
          state.outputs = reply.outputs;
          if (reply.id !== "") state.id = reply.id;
        }
        if (old && replacing) old.delete = true;
        else if (old) this.run.state.markDone(old);
        state.created = old?.created ?? "";
        state.modified =
          old && !identicalInputs(old.outputs, state.outputs).changes ? (old.modified ?? "") : new Date().toISOString();
        this.run.state.markNew(state);
      });
    };
    const op = replacing ? "read-replacement" : "read";
    return { state, steps: [{ op, urn, ...(old ? { old } : {}), new: state, apply }] };
  }

  /** The step generator decides one thing after the other, so that what it knows is never half changed. */
  private oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = this.planning.then(() => {
      if (this.run.stopped.aborted) throw new StoppedError("the run was stopped");
      return work();
    });
    this.planning = result.catch(() => {});
    return result;
  }

  private async orStop<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoppedError || this.run.stopped.aborted) throw new StoppedError("the run was stopped");
      // Steps have reported their own failure; what went wrong while planning has not been told yet.
      if (!(error instanceof BailError) && !(error instanceof InitError)) {
        this.run.report("error", error instanceof Error ? error.message : String(error));
      }
      this.run.failed = true;
      this.run.stop();
      throw new StoppedError("the run was stopped");
    }
  }
}
