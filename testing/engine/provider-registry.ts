import { randomUUID } from "node:crypto";
import type { PluginHost } from "./plugin-host";
import type { PluginProvider } from "./plugin-provider";
import type { CheckReply, DiffQuestion, DiffReply, Provider, StateReply, Subject } from "./provider";
import type { Properties, ResourceState } from "./types";
import { nameOf, packageOfProvider, splitReference } from "./urn";
import { identical, UNKNOWN } from "./values";

/**
 * Manages the resources that stand for provider plugins: a create starts and configures one, a delete ends nothing but
 * the resource. Other resources find their plugin here by reference.
 */
export class ProviderRegistry implements Provider {
  /** By `urn::id`. */
  private readonly ready = new Map<string, Promise<PluginProvider>>();
  /** Started to check a configuration, by URN; the step that follows configures them. */
  private readonly checked = new Map<string, Promise<PluginProvider>>();

  constructor(private readonly host: PluginHost) {}

  find(reference: string): Promise<PluginProvider> | undefined {
    return this.ready.get(reference);
  }

  /** A provider as the last run left it, for what that run made. */
  ensure(state: ResourceState): Promise<PluginProvider> {
    const reference = `${state.urn}::${state.id ?? ""}`;
    return (
      this.ready.get(reference) ??
      this.use(state.urn, state.id ?? "", state.type, state.inputs, this.launch(state.type))
    );
  }

  /** The provider is unchanged: what was started for its check, or an earlier refresh, serves on. */
  async same(state: ResourceState): Promise<void> {
    const reference = `${state.urn}::${state.id ?? ""}`;
    const checked = this.checked.get(state.urn);
    this.checked.delete(state.urn);
    if (this.ready.has(reference)) return;
    await this.use(state.urn, state.id ?? "", state.type, state.inputs, checked ?? this.launch(state.type));
  }

  alias(urn: string, oldUrn: string, id: string): void {
    const known = this.ready.get(`${oldUrn}::${id}`);
    if (known) this.ready.set(`${urn}::${id}`, known);
  }

  async check(subject: Subject, olds: Properties | undefined, news: Properties): Promise<CheckReply> {
    const provider = await this.candidate(subject);
    return provider.checkConfig(subject, olds, news);
  }

  async diff(subject: Subject, question: DiffQuestion): Promise<DiffReply> {
    const provider = await (this.checked.get(subject.urn) ?? this.anyReady(subject.urn));
    if (provider === undefined) throw new Error(`provider ${subject.urn} was not checked before its diff`);
    const diff = await provider.diffConfig(subject, question);
    if (diff.changes !== "unknown") return diff;
    return { ...diff, changes: !identical(question.oldInputs, question.newInputs) };
  }

  async create(subject: Subject, inputs: Properties, _timeout: number, preview: boolean): Promise<StateReply> {
    const id = preview ? UNKNOWN : randomUUID();
    const fresh = this.checked.get(subject.urn) ?? this.launch(subject.type);
    this.checked.delete(subject.urn);
    await this.use(subject.urn, id, subject.type, inputs, fresh);
    return { id, outputs: inputs, refreshBeforeUpdate: false };
  }

  async update(subject: Subject, question: DiffQuestion): Promise<StateReply> {
    // A configured plugin keeps its configuration, so the new one needs a plugin of its own.
    const checked = this.checked.get(subject.urn);
    this.checked.delete(subject.urn);
    const fresh = checked ?? this.launch(subject.type);
    await this.use(subject.urn, question.id, subject.type, question.newInputs, fresh);
    return { id: question.id, outputs: question.newInputs, refreshBeforeUpdate: false };
  }

  async read(): Promise<StateReply & { exists: boolean }> {
    throw new Error("provider resources cannot be read");
  }

  async delete(): Promise<void> {
    // The plugin may still be needed by what it made; it ends with the run.
  }

  private async candidate(subject: Subject): Promise<PluginProvider> {
    const known = this.checked.get(subject.urn) ?? this.anyReady(subject.urn);
    if (known) return known;
    const launched = this.launch(subject.type);
    this.checked.set(subject.urn, launched);
    return launched;
  }

  private anyReady(urn: string): Promise<PluginProvider> | undefined {
    for (const [reference, provider] of this.ready) if (splitReference(reference).urn === urn) return provider;
    return undefined;
  }

  private async launch(type: string): Promise<PluginProvider> {
    return (await this.host.start(packageOfProvider(type))).provider;
  }

  private use(
    urn: string,
    id: string,
    type: string,
    inputs: Properties,
    plugin: Promise<PluginProvider>,
  ): Promise<PluginProvider> {
    const configured = plugin.then(async (provider) => {
      await provider.channel.configure(urn, id, type, nameOf(urn), inputs);
      return provider;
    });
    this.ready.set(`${urn}::${id}`, configured);
    return configured;
  }
}

/** Where a resource's provider reference points, with an error for one that points nowhere. */
export async function resolveProvider(
  registry: ProviderRegistry,
  reference: string,
  find: (urn: string) => ResourceState | undefined,
): Promise<PluginProvider> {
  const known = registry.find(reference);
  if (known) return known;
  const { urn, id } = splitReference(reference);
  const state = find(urn);
  if (state === undefined || state.id !== id) throw new Error(`unknown provider ${reference}`);
  return registry.ensure(state);
}
