import {
  CustomResource,
  type CustomResourceOptions,
  createUrn,
  type dynamic,
  type Inputs,
  isSecret,
  mergeOptions,
  output,
} from "@pulumi/pulumi";
import { dynamicTypeOf, tokenOf } from "../provider/adapters/plugin/tokens";
import { OWNER, SECRET_INPUTS } from "../provider/adapters/pulumi/secrets";
import { lifecycles } from "../provider/resources";
import type { ResourceType } from "../provider/resources/resource-type";
import { publicOutputs } from "../provider/schema/outputs";
import { adapterOf } from "./adapter";
import { closureOf } from "./closure";
import { version } from "./version";

interface Registration {
  type: string;
  props: Inputs;
  options: CustomResourceOptions;
}

/**
 * A resource of this package with either adapter. The types are aliases of each other, so a stack may change its
 * adapter.
 */
export abstract class SnapstateResource extends CustomResource {
  protected constructor(
    type: ResourceType,
    provider: dynamic.ResourceProvider,
    name: string,
    args: object,
    options: CustomResourceOptions = {},
  ) {
    const registration =
      adapterOf(options) === "plugin"
        ? overPlugin(type, args, options)
        : overDynamic(type, provider, name, args, options);
    super(registration.type, name, registration.props, registration.options);
  }
}

/** {@link SnapstateResource} with a resource's outputs, which the engine sets, as properties. */
export type ResourceClass<Outputs> = abstract new (
  type: ResourceType,
  provider: dynamic.ResourceProvider,
  name: string,
  args: object,
  options?: CustomResourceOptions,
) => SnapstateResource & Outputs;

export function resourceWith<Outputs>(): ResourceClass<Outputs> {
  return SnapstateResource as unknown as ResourceClass<Outputs>;
}

function overPlugin(type: ResourceType, args: object, options: CustomResourceOptions): Registration {
  const aliases = [{ type: dynamicTypeOf(type) }];
  return {
    type: tokenOf(type),
    props: { ...unknownOutputs(type), ...args, timeouts: mergedTimeouts(args, options) },
    options: mergeOptions({ version, aliases }, options),
  };
}

/** Besides the arguments: the closure that the engine stores and calls, and what it does not pass to the closure. */
function overDynamic(
  type: ResourceType,
  provider: dynamic.ResourceProvider,
  name: string,
  args: object,
  options: CustomResourceOptions,
): Registration {
  const token = dynamicTypeOf(type);
  return {
    type: token,
    props: {
      ...unknownOutputs(type),
      ...args,
      timeouts: mergedTimeouts(args, options),
      [OWNER]: ownUrn(name, token, options),
      [SECRET_INPUTS]: secretInputs(args),
      __provider: closureOf(provider),
    },
    options: mergeOptions({ aliases: [{ type: tokenOf(type) }] }, options),
  };
}

/** Names of the arguments that are or contain secrets; undefined if there are none. */
async function secretInputs(args: object): Promise<string[] | undefined> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const secret = await Promise.all(given.map(([, value]) => isSecret(output(value))));
  const names = given.filter((_, index) => secret[index]).map(([key]) => key);
  return names.length === 0 ? undefined : names.sort();
}

/**
 * The URN the resource will have, as a promise and not as an output: an output would depend on the parent, and a
 * dependency on a component includes all its children, so a child would wait for itself.
 */
function ownUrn(name: string, type: string, { parent }: CustomResourceOptions): Promise<string> {
  return new Promise((resolve) => {
    createUrn(name, type, parent).apply(resolve);
  });
}

/** All outputs as undefined, so that they are properties of the resource and unknown in a preview. */
function unknownOutputs(type: ResourceType): Inputs {
  return Object.fromEntries(Object.keys(publicOutputs(lifecycles[type].outputs)).map((output) => [output, undefined]));
}

/**
 * The engine does not pass the `customTimeouts` option to dynamic providers, so it is an input; with both adapters, so
 * that a change of the adapter is not a difference.
 */
function mergedTimeouts(args: object, options: CustomResourceOptions): unknown {
  const { timeouts } = args as { timeouts?: unknown };
  return timeouts ?? options.customTimeouts;
}
