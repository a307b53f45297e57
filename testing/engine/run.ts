import type { Hooks } from "./hooks";
import type { PluginProvider } from "./plugin-provider";
import type { Provider, Subject } from "./provider";
import { type ProviderRegistry, resolveProvider } from "./provider-registry";
import type { StackState } from "./stack-state";
import {
  BailError,
  type Diagnostic,
  type EngineEvent,
  type ResourceState,
  type Severity,
  type StepInfo,
} from "./types";
import { isProviderType, nameOf, type Place } from "./urn";

export interface RunOptions {
  preview: boolean;
  parallel: number;
  /** URNs, with `*` and `**` as wildcards; undefined for all. */
  targets?: readonly string[];
  targetDependents: boolean;
  replace: readonly string[];
  continueOnError: boolean;
  /** A destroy that runs the program, for its delete hooks. */
  destroying: boolean;
}

/** What all parts of one operation share: its options, the state it changes, and what it saw. */
export class Run {
  readonly diagnostics: Diagnostic[] = [];
  readonly steps: StepInfo[] = [];
  /** Set when something was reported that makes the run fail. */
  failed = false;
  /** Aborted by an error or by the user: no step starts any more. */
  private readonly stopping = new AbortController();
  canceled = false;
  private readonly targetPatterns: RegExp[] | undefined;
  private readonly extraTargets = new Set<string>();

  constructor(
    readonly place: Place,
    readonly options: RunOptions,
    readonly state: StackState,
    readonly registry: ProviderRegistry,
    readonly hooks: Hooks,
    private readonly onEvent: (event: EngineEvent) => void,
  ) {
    this.targetPatterns = options.targets?.map(urnPattern);
  }

  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  stop(): void {
    this.stopping.abort();
  }

  cancel(): void {
    this.canceled = true;
    this.stop();
  }

  event(event: EngineEvent): void {
    if (event.kind === "diagnostic" && !event.diagnostic.ephemeral) this.diagnostics.push(event.diagnostic);
    if (event.kind === "step-end") this.steps.push(event.step);
    this.onEvent(event);
  }

  report(severity: Severity, message: string, urn?: string): void {
    if (severity === "error") this.failed = true;
    this.event({ kind: "diagnostic", diagnostic: { severity, message, ...(urn ? { urn } : {}) } });
  }

  /** Reports an error and gives what to throw for it. */
  bail(message: string, urn?: string): BailError {
    this.report("error", message, urn);
    return new BailError(message);
  }

  isTargeted(urn: string): boolean {
    if (this.targetPatterns === undefined) return true;
    return this.extraTargets.has(urn) || this.targetPatterns.some((pattern) => pattern.test(urn));
  }

  addTarget(urn: string): void {
    this.extraTargets.add(urn);
  }

  isTargetedReplace(urn: string): boolean {
    return this.options.replace.some((pattern) => urnPattern(pattern).test(urn));
  }

  /** The plugin behind a resource; the engine itself for the resources that stand for plugins. */
  async providerOf(state: ResourceState): Promise<Provider> {
    return isProviderType(state.type) ? this.registry : this.plugin(state.provider ?? "");
  }

  plugin(reference: string): Promise<PluginProvider> {
    return resolveProvider(this.registry, reference, (urn) => this.state.current(urn));
  }

  /** What is needed of a resource's provider before something is done to what an earlier run made. */
  async ensureProvider(state: ResourceState): Promise<void> {
    if (!state.custom || isProviderType(state.type) || !state.provider) return;
    await this.plugin(state.provider);
  }
}

export function subjectOf(state: { urn: string; type: string }): Subject {
  return { urn: state.urn, type: state.type, name: nameOf(state.urn) };
}

function urnPattern(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("**", "\0").replaceAll("*", "[^:]*").replaceAll("\0", ".*")}$`);
}
