import { randomUUID } from "node:crypto";
import { type Goal, makeUrn, type Place } from "./goal";
import type { StackState } from "./stack-state";
import type { Properties, ResourceState } from "./types";

/** Finds, or makes, the provider resource behind a resource, as the real engine keeps it in the checkpoint. */
export class DefaultProviders {
  private readonly made = new Map<string, ResourceState>();

  constructor(
    private readonly state: StackState,
    private readonly place: Place,
    private readonly config: Properties,
  ) {}

  providerOf(goal: Pick<Goal, "type" | "provider" | "version">): ResourceState {
    if (goal.provider !== "") return this.byReference(goal.provider);
    const name = packageOfType(goal.type);
    const known = this.made.get(name);
    if (known) return known;
    const version = name === "pulumi-nodejs" || goal.version === "" ? "" : `_${goal.version.replaceAll(".", "_")}`;
    const urn = makeUrn(this.place, `pulumi:providers:${name}`, `default${version}`, "");
    const old = this.state.find(urn);
    const inputs = this.inputsFor(name, goal.version);
    const provider = {
      urn,
      custom: true,
      type: `pulumi:providers:${name}`,
      id: old?.id ?? randomUUID(),
      inputs,
      outputs: inputs,
    };
    this.made.set(name, provider);
    this.state.put(provider, old);
    return provider;
  }

  /** The provider that a resource in the state was made with, with the configuration of that time. */
  stored(resource: ResourceState): ResourceState {
    return resource.provider
      ? this.byReference(resource.provider)
      : this.providerOf({ type: resource.type, provider: "", version: "" });
  }

  private byReference(reference: string): ResourceState {
    const urn = reference.slice(0, reference.lastIndexOf("::"));
    const found = this.state.news.get(urn) ?? this.state.olds.get(urn);
    if (found === undefined) throw new Error(`unknown provider ${reference}`);
    return found;
  }

  /** A provider of dynamic resources is given the stack's whole configuration; any other, its own part of it. */
  private inputsFor(name: string, version: string): Properties {
    if (name === "pulumi-nodejs") return this.config;
    const own = Object.entries(this.config).filter(([key]) => key.startsWith(`${name}:`));
    return {
      ...Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value])),
      ...(version ? { version } : {}),
    };
  }
}

function packageOfType(type: string): string {
  return type.split(":")[0] ?? type;
}
