import { Config, type CustomResourceOptions } from "@pulumi/pulumi";
import { PACKAGE, tokenOf } from "../provider/adapters/plugin/tokens";

/** How resources are provided: by Pulumi's dynamic providers, or by the plugin `pulumi-resource-snapstate`. */
export type Adapter = "dynamic" | "plugin";

/**
 * The adapter of a resource or function: the plugin if its provider is set, otherwise the stack's `snapstate:adapter`,
 * then the environment variable `SNAPSTATE_ADAPTER`, then `dynamic`.
 *
 * @throws Error for any other value
 */
export function adapterOf(options: Pick<CustomResourceOptions, "provider" | "parent"> = {}): Adapter {
  const provider = options.provider ?? options.parent?.getProvider(tokenOf("Snapshot"));
  if (isOurs(provider)) return "plugin";
  const configured = new Config(PACKAGE).get("adapter");
  const asked = configured ?? (process.env.SNAPSTATE_ADAPTER || "dynamic");
  if (asked === "dynamic" || asked === "plugin") return asked;
  const where = configured === undefined ? "SNAPSTATE_ADAPTER" : "snapstate:adapter";
  throw new Error(`${where} is ${JSON.stringify(asked)}; use dynamic or plugin`);
}

/** By its type, so that a provider of a generated SDK, or of another copy of this package, is recognised too. */
function isOurs(provider: unknown): boolean {
  return (provider as { __pulumiType?: string } | undefined)?.__pulumiType === `pulumi:providers:${PACKAGE}`;
}
