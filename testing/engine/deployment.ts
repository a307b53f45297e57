import { Mutex, Semaphore } from "async-mutex";
import { DefaultProviders } from "./default-providers";
import { type Goal, makeUrn, nameOf, type Place } from "./goal";
import { InitError, type ProviderClient, type StateReply, type Subject } from "./provider-client";
import type { Providers } from "./providers";
import type { StackState } from "./stack-state";
import { decide, inheritIgnored, type Plan, stepOf } from "./steps";
import type { EngineEvent, Properties, ResourceState, Step, StepOp } from "./types";
import { secret, UNKNOWN } from "./values";

export interface DeploymentOptions {
  place: Place;
  preview: boolean;
  parallel: number;
  targets: ReadonlySet<string>;
  replace: ReadonlySet<string>;
  continueOnError: boolean;
  refreshFirst: boolean;
  /** The stack's configuration, which is what the provider of dynamic resources is configured with. */
  config: Properties;
  emit(event: EngineEvent): void;
}

/** The run is over, by a failure or by the user: whoever asks for a step is turned away. */
export class HaltedError extends Error {}

/** One run of a program against a stack: decides a step for every resource that is registered, and takes it. */
export class Deployment {
  readonly steps: Step[] = [];
  readonly seen = new Set<string>();
  halted: "failed" | "cancelled" | undefined;
  failures = 0;
  readonly defaults: DefaultProviders;
  // Steps are decided one at a time, in the order of registration, and taken side by side.
  private readonly deciding = new Mutex();
  private readonly slots: Semaphore;

  constructor(
    readonly state: StackState,
    readonly providers: Providers,
    readonly options: DeploymentOptions,
  ) {
    this.slots = new Semaphore(options.parallel);
    this.defaults = new DefaultProviders(state, options.place, options.config);
  }

  halt(why: "failed" | "cancelled"): void {
    this.halted ??= why;
  }

  async register(goal: Goal): Promise<ResourceState> {
    const urn = makeUrn(this.options.place, goal.type, goal.name, goal.parent);
    if (this.seen.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    const plan = await this.deciding.runExclusive(() => this.plan(urn, goal));
    return this.slots.runExclusive(() => this.take(plan));
  }

  /** A resource that the program only reads: `opts.id`. */
  async readExternal(goal: Goal, id: string): Promise<ResourceState> {
    const urn = makeUrn(this.options.place, goal.type, goal.name, goal.parent);
    this.seen.add(urn);
    return this.slots.runExclusive(async () => {
      this.throwIfHalted();
      const provider = this.defaults.providerOf(goal);
      const client = await this.providers.client(provider);
      const state = newState(urn, goal, goal.inputs, provider);
      const step = stepOf("read", urn, undefined, undefined);
      return this.doing(step, async () => {
        const reply = await client.read(subject(urn), id, goal.inputs, undefined);
        if (reply.id === "") throw new Error(`resource '${id}' does not exist`);
        const read = { ...state, id: reply.id, external: true, outputs: this.markSecrets(reply.outputs, goal) };
        this.state.put(read, this.state.find(urn));
        return read;
      });
    });
  }

  private async plan(urn: string, goal: Goal): Promise<Plan> {
    this.throwIfHalted();
    const old = this.state.find(urn, goal.aliases);
    if (old !== undefined) this.seen.add(old.urn);
    const inputs = inheritIgnored(goal, old);
    if (!goal.custom) return { op: old ? "same" : "create", urn, goal, old, inputs };
    if (goal.type.startsWith("pulumi:providers:")) {
      const id = old?.id ?? crypto.randomUUID();
      return { op: old ? "same" : "create", urn, goal, old, inputs, state: { ...newState(urn, goal, inputs), id } };
    }
    const provider = this.defaults.providerOf(goal);
    const state = newState(urn, goal, inputs, provider);
    if (this.options.targets.size > 0 && !this.options.targets.has(urn)) {
      // What is not a target stays as it was, whatever the program says of it now.
      if (old) return { op: "same", urn, goal, old, inputs: old.inputs, state: old, untouched: true };
      throw new Error(`Resource '${urn}' will be created but was not specified in --target`);
    }
    const client = await this.providers.client(provider);
    const fresh = old && this.options.refreshFirst ? await this.refresh(old) : old;
    return decide({ urn, goal, old: fresh, inputs, state, client, forced: this.options.replace.has(urn) });
  }

  private async take(plan: Plan): Promise<ResourceState> {
    this.throwIfHalted();
    const step = stepOf(plan.op, plan.urn, plan.old, plan);
    if (plan.op === "same") return this.doing(step, async () => this.keep(plan));
    if (plan.op === "create") return this.doing(step, () => this.create(plan));
    if (plan.op === "import") return this.doing(step, () => this.importExisting(plan));
    if (plan.op === "update") return this.doing(step, () => this.update(plan));
    return this.replace(plan);
  }

  private keep({ state, old, inputs, urn, goal, untouched }: Plan): ResourceState {
    if (old === undefined) throw new Error("nothing to keep");
    const base = state ?? newState(urn, goal, inputs);
    const outputs = goal.custom && !goal.type.startsWith("pulumi:providers:") ? old.outputs : inputs;
    const kept = untouched ? old : { ...base, id: old.id ?? base.id, inputs, outputs, ...carried(old) };
    this.state.put(kept, old);
    return kept;
  }

  private async create(plan: Plan, op: StepOp = "create"): Promise<ResourceState> {
    const { urn, goal, inputs, client, old } = plan;
    const state = plan.state ?? newState(urn, goal, inputs);
    if (client === undefined) {
      const made = { ...state, inputs, outputs: inputs };
      this.state.put(made, old);
      return made;
    }
    if (this.options.preview) {
      const outputs = client.supportsPreview ? (await client.create(subject(urn), inputs, true)).outputs : inputs;
      const planned = { ...state, inputs, outputs: this.markSecrets(outputs, goal) };
      this.state.put(planned, op === "create" ? old : undefined);
      return planned;
    }
    return this.state.during("creating", { ...state, inputs }, async () => {
      const send = () => client.create(subject(urn), inputs, false, goal.customTimeouts?.create);
      return this.finish(send, { ...state, inputs }, goal, op === "create" ? old : undefined);
    });
  }

  private async update({ urn, goal, inputs, client, old, state }: Plan): Promise<ResourceState> {
    if (!old?.id || !client || !state) throw new Error("nothing to update");
    const { id } = old;
    const base = { ...state, id, inputs };
    if (this.options.preview) {
      const preview = () => client.update(subject(urn), id, old.inputs, old.outputs, inputs, true, goal.ignoreChanges);
      const outputs = client.supportsPreview ? (await preview()).outputs : inputs;
      const planned = { ...base, outputs: this.markSecrets(outputs, goal) };
      this.state.put(planned, old);
      return planned;
    }
    const timeout = goal.customTimeouts?.update;
    return this.state.during("updating", base, () =>
      this.finish(
        () => client.update(subject(urn), id, old.inputs, old.outputs, inputs, false, goal.ignoreChanges, timeout),
        base,
        goal,
        old,
      ),
    );
  }

  /** Saves what a create or update made, also when it is only half of it. */
  private async finish(
    send: () => Promise<StateReply>,
    base: ResourceState,
    goal: Goal,
    old?: ResourceState,
  ): Promise<ResourceState> {
    const save = (reply: StateReply, initErrors: string[]) => {
      const outputs = this.markSecrets(reply.outputs, goal);
      const flag = reply.refreshBeforeUpdate ? { refreshBeforeUpdate: true } : {};
      const made = { ...base, id: reply.id, outputs, ...flag, ...(initErrors.length > 0 ? { initErrors } : {}) };
      if (reply.inputs) made.inputs = reply.inputs;
      this.state.put(made, old);
      return made;
    };
    try {
      return save(await send(), []);
    } catch (error) {
      if (error instanceof InitError) save({ ...error.state, id: error.state.id || (base.id ?? "") }, error.reasons);
      throw error;
    }
  }

  private async importExisting(plan: Plan): Promise<ResourceState> {
    const { urn, goal, client, state } = plan;
    if (!client || !state) throw new Error("nothing to import into");
    const reply = await client.read(subject(urn), goal.importId, undefined, undefined);
    if (reply.id === "") throw new Error(`Resource '${goal.importId}' does not exist`);
    const imported = {
      ...state,
      id: reply.id,
      importID: goal.importId,
      outputs: this.markSecrets(reply.outputs, goal),
    };
    this.state.put(imported, plan.old);
    return imported;
  }

  private async replace(plan: Plan): Promise<ResourceState> {
    const { urn, old } = plan;
    if (!old) throw new Error("nothing to replace");
    if (old.protect && !this.options.preview) {
      return this.doing(stepOf("replace", urn, old, plan), () => Promise.reject(new Error(PROTECTED(urn))));
    }
    this.steps.push(stepOf("replace", urn, old, plan));
    if (plan.deleteBeforeReplace) {
      await this.doing(stepOf("delete-replaced", urn, old, plan), () => this.remove(old));
      return this.doing(stepOf("create-replacement", urn, old, plan), () => this.create({ ...plan, old: undefined }));
    }
    const made = await this.doing(stepOf("create-replacement", urn, old, plan), () =>
      this.create(plan, "create-replacement"),
    );
    this.state.condemn(old);
    return made;
  }

  /** Deletes through the provider, unless the resource's options say otherwise, and forgets. */
  async remove(state: ResourceState, gone: ReadonlySet<string> = new Set()): Promise<void> {
    const spared = state.external || state.retainOnDelete || (state.deletedWith && gone.has(state.deletedWith));
    const own = !state.custom || state.type.startsWith("pulumi:providers:");
    const provider = spared || own ? undefined : this.defaults.stored(state);
    if (provider && !this.options.preview && state.id) {
      const client = await this.providers.client(provider);
      const { id } = state;
      const send = () =>
        client.delete(subject(state.urn), id, state.inputs, state.outputs, state.customTimeouts?.delete);
      await this.state.during("deleting", state, send);
    }
    this.state.drop(state);
  }

  /** Reads a resource and takes what was read for the state. @returns undefined when it is gone. */
  async refresh(old: ResourceState): Promise<ResourceState | undefined> {
    const provider = old.custom && old.id ? this.defaults.stored(old) : undefined;
    if (provider === undefined) return old;
    const client = await this.providers.client(provider);
    const reply = await client.read(subject(old.urn), old.id as string, old.inputs, old.outputs);
    if (reply.id === "") {
      this.state.drop(old);
      return undefined;
    }
    const secrets = { additionalSecretOutputs: old.additionalSecretOutputs ?? [] };
    const read: ResourceState = {
      ...old,
      id: reply.id,
      outputs: this.markSecrets(reply.outputs, secrets),
      inputs: reply.inputs ?? old.inputs,
    };
    if (this.state.olds.get(old.urn) === old) this.state.olds.set(old.urn, read);
    this.state.save();
    return read;
  }

  /** Takes a step and tells of it. A failure halts the run, unless it is to go on. */
  async doing<T>(step: Step, work: () => Promise<T>): Promise<T> {
    this.steps.push(step);
    this.options.emit({ kind: "step-begin", step });
    try {
      const result = await work();
      const state = result as ResourceState | undefined;
      if (state?.id) step.id = state.id;
      return result;
    } catch (error) {
      step.error = error instanceof Error ? error.message : String(error);
      this.failures++;
      const reasons = error instanceof InitError ? error.reasons : [step.error];
      for (const message of reasons) this.diagnose(message, step.urn);
      if (!this.options.continueOnError) this.halt("failed");
      throw error;
    } finally {
      this.options.emit({ kind: "step-end", step });
    }
  }

  diagnose(message: string, urn?: string): void {
    this.options.emit({ kind: "diagnostic", diagnostic: { severity: "error", message, urn, ephemeral: false } });
  }

  throwIfHalted(): void {
    if (this.halted) throw new HaltedError(this.halted === "cancelled" ? "update canceled" : "update failed");
  }

  private markSecrets(
    outputs: Properties,
    { additionalSecretOutputs }: Pick<Goal, "additionalSecretOutputs">,
  ): Properties {
    const marked = { ...outputs };
    for (const key of additionalSecretOutputs) if (marked[key] !== undefined) marked[key] = secret(marked[key]);
    return marked;
  }
}

export const PROTECTED = (urn: string) =>
  `resource '${urn}' cannot be deleted\nbecause it is protected. To unprotect the resource, set \`protect\` to false and run an update first`;

export function subject(urn: string): Subject {
  const types = urn.split("::")[2] ?? "";
  return { urn, name: nameOf(urn), type: types.slice(types.lastIndexOf("$") + 1) };
}

function newState(urn: string, goal: Goal, inputs: Properties, provider?: ResourceState): ResourceState {
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs,
    outputs: {},
    ...(goal.parent ? { parent: goal.parent } : {}),
    ...(provider ? { provider: `${provider.urn}::${provider.id}` } : {}),
    ...(goal.protect ? { protect: true } : {}),
    ...(goal.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(goal.deletedWith ? { deletedWith: goal.deletedWith } : {}),
    ...(goal.dependencies.length > 0 ? { dependencies: goal.dependencies } : {}),
    ...(Object.keys(goal.propertyDependencies).length > 0 ? { propertyDependencies: goal.propertyDependencies } : {}),
    ...(goal.additionalSecretOutputs.length > 0 ? { additionalSecretOutputs: goal.additionalSecretOutputs } : {}),
    ...(goal.customTimeouts ? { customTimeouts: goal.customTimeouts } : {}),
  };
}

/** What a step that changes nothing leaves as it was. */
function carried({ initErrors, refreshBeforeUpdate, importID }: ResourceState): Partial<ResourceState> {
  return {
    ...(initErrors ? { initErrors } : {}),
    ...(refreshBeforeUpdate ? { refreshBeforeUpdate } : {}),
    ...(importID ? { importID } : {}),
  };
}

export { type ProviderClient, UNKNOWN };
