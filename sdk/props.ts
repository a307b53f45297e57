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
    owner: ownUrn(name, `pulumi-nodejs:dynamic/snapstate:${type}`, options),
  };
}

/**
 * The URN the resource will have, as a promise and not as an output: an output would carry a dependency on the parent, and
 * to depend on a component is to depend on all its children, so that a child would wait for itself.
 */
function ownUrn(name: string, type: string, options: CustomResourceOptions | undefined): Promise<string> {
  return new Promise((resolve) => {
    createUrn(name, type, options?.parent).apply(resolve);
  });
}

/** The engine does not tell dynamic providers the `customTimeouts` option, so it travels as an input. */
function mergedTimeouts(args: object, options: CustomResourceOptions | undefined): unknown {
  const { timeouts } = args as { timeouts?: unknown };
  return timeouts ?? options?.customTimeouts;
}
