import { needsReplacement, withReplaceOnChanges } from "./property-diff";
import { diffResource } from "./resource-diff";
import { type Run, subjectOf } from "./run";
import { dependents } from "./stack-state";
import type { Properties, ResourceState } from "./types";
import { splitReference } from "./urn";
import { UNKNOWN } from "./values";

export interface DependentReplacement {
  state: ResourceState;
  keys: string[];
}

/** Finds what has to go before something is deleted, because it will be replaced on account of that. */
export class DependentReplacements {
  constructor(
    private readonly run: Run,
    /** Dealt with already in this run, so they cannot need what is replaced only now. */
    private readonly handled: ReadonlySet<string>,
    private readonly deletes: ReadonlySet<string>,
  ) {}

  /** In the order in which they need each other. */
  async of(root: ResourceState): Promise<DependentReplacement[]> {
    const replaced = new Set([root.urn]);
    const result: DependentReplacement[] = [];
    for (const state of dependents(root, this.run.state.base)) {
      if (this.handled.has(state.urn) || this.deletes.has(state.urn)) continue;
      const keys = await this.reasons(state, replaced);
      if (keys === undefined) continue;
      replaced.add(state.urn);
      result.push({ state, keys });
    }
    return result;
  }

  /** The properties that force its replacement; undefined when nothing does. */
  private async reasons(state: ResourceState, replaced: ReadonlySet<string>): Promise<string[] | undefined> {
    if (!state.custom || state.external) return undefined;
    if (state.provider && replaced.has(splitReference(state.provider).urn)) return [];
    if (state.deletedWith && replaced.has(state.deletedWith)) return [];
    if (state.replaceWith?.some((urn) => replaced.has(urn))) return [];
    // Would it be replaced if all that comes from the replaced ones were different?
    let touched = false;
    const news: Properties = {};
    for (const [key, value] of Object.entries(state.inputs)) {
      const changes = (state.propertyDependencies?.[key] ?? []).some((urn) => replaced.has(urn));
      touched ||= changes;
      news[key] = changes ? UNKNOWN : value;
    }
    if (!touched) return undefined;
    await this.run.ensureProvider(state);
    const diff = await diffResource(this.run, await this.run.providerOf(state), subjectOf(state), {
      id: state.id ?? "",
      oldInputs: state.inputs,
      oldOutputs: state.outputs,
      newInputs: news,
      ignoreChanges: state.ignoreChanges ?? [],
    });
    const full = withReplaceOnChanges(diff, state.replaceOnChanges ?? [], false);
    return needsReplacement(full) ? full.replaceKeys : undefined;
  }
}
