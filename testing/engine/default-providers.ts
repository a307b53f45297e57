import type { StackConfig } from "./config";
import { EMPTY_GOAL, type Goal } from "./goal";
import type { Properties, ResourceState } from "./types";
import { secret } from "./values";

/** Registers the provider that serves a package's resources when the program names none; one a package and version. */
export class DefaultProviders {
  private readonly registered = new Map<string, Promise<string>>();

  constructor(
    private readonly config: StackConfig,
    private readonly register: (goal: Goal) => Promise<ResourceState>,
  ) {}

  /** Its reference, `urn::id`. */
  reference(packageName: string, version: string): Promise<string> {
    const key = `${packageName}@${version}`;
    const known = this.registered.get(key);
    if (known) return known;
    const made = this.register(this.goal(packageName, version)).then((state) => `${state.urn}::${state.id}`);
    this.registered.set(key, made);
    return made;
  }

  private goal(packageName: string, version: string): Goal {
    const suffix = version === "" ? "" : `_${version.replaceAll(".", "_").replaceAll("-", "_").replaceAll("+", "_")}`;
    const inputs = this.inputs(packageName);
    if (version !== "") inputs.version = version;
    return { ...EMPTY_GOAL, type: `pulumi:providers:${packageName}`, name: `default${suffix}`, inputs };
  }

  /** The configuration in the package's namespace; dynamic resources are given all of the stack's, under full names. */
  private inputs(packageName: string): Properties {
    const inputs: Properties = {};
    for (const [key, { value, isSecret }] of this.config.entries()) {
      const [namespace, name] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
      const wanted = packageName === "pulumi-nodejs" ? key : namespace === packageName ? name : undefined;
      if (wanted !== undefined) inputs[wanted] = isSecret ? secret(value) : value;
    }
    return inputs;
  }
}
