import { type CustomResourceOptions, createUrn, type Inputs } from "@pulumi/pulumi";

/**
 * A resource's properties for the dynamic provider: the arguments, the owner from which the marker is derived, and every
 * output, undefined, so that a preview shows it as not known yet.
 */
export function dynamicProps(
  type: string,
  name: string,
  args: object,
  outputs: readonly string[],
  options: CustomResourceOptions | undefined,
): Inputs {
  return {
    ...Object.fromEntries(outputs.map((output) => [output, undefined])),
    ...args,
    timeouts: mergedTimeouts(args, options),
    owner: createUrn(name, `pulumi-nodejs:dynamic/snapstate:${type}`, options?.parent),
  };
}

/** The engine does not tell dynamic providers the `customTimeouts` option, so it travels as an input. */
function mergedTimeouts(args: object, options: CustomResourceOptions | undefined): unknown {
  const { timeouts } = args as { timeouts?: unknown };
  return timeouts ?? options?.customTimeouts;
}
