import { Config, type CustomResourceOptions } from "@pulumi/pulumi";
import { PACKAGE, tokenOf } from "../provider/plugin/tokens";

/** The way that resources take: Pulumi's dynamic providers, or the plugin `pulumi-resource-snapstate`. */
export type Face = "dynamic" | "plugin";

/**
 * The face of a resource or function, decided here alone: the plugin when a provider of it is named, otherwise what the
 * stack's `snapstate:face` says, then the environment variable `SNAPSTATE_FACE`, then `dynamic`.
 *
 * @throws Error when something else is asked for
 */
export function faceOf(options: Pick<CustomResourceOptions, "provider" | "parent"> = {}): Face {
  const provider = options.provider ?? options.parent?.getProvider(tokenOf("Snapshot"));
  if (isOurs(provider)) return "plugin";
  const configured = new Config(PACKAGE).get("face");
  const asked = configured ?? (process.env.SNAPSTATE_FACE || "dynamic");
  if (asked === "dynamic" || asked === "plugin") return asked;
  const where = configured === undefined ? "SNAPSTATE_FACE" : "snapstate:face";
  throw new Error(`${where} is ${JSON.stringify(asked)}; it may be dynamic or plugin`);
}

/** By its type, so that a provider of a generated SDK, or of another copy of this package, is recognised too. */
function isOurs(provider: unknown): boolean {
  return (provider as { __pulumiType?: string } | undefined)?.__pulumiType === `pulumi:providers:${PACKAGE}`;
}
