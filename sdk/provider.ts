import { type Input, output, ProviderResource, type ResourceOptions, secret } from "@pulumi/pulumi";
import { PACKAGE } from "../provider/adapters/plugin/tokens";
import { version } from "./version";

/** What a {@link Provider} is made of. */
export interface ProviderArgs {
  /**
   * Connections by name, each with its settings, as under `snapstate:connections`. Kept in the state, encrypted; what
   * comes from the environment at run time is in no state.
   */
  connections: Input<Record<string, Input<Record<string, Input<unknown>>>>>;
}

/**
 * A plugin with connections of its own. A resource that names it as its `provider` takes the plugin, whatever the stack's
 * `snapstate:adapter` says.
 *
 * @example
 * ```ts
 * const lab = new Provider("lab", { connections: { default: { platform: "vsphere", endpoint: "lab.example.com" } } });
 * new Snapshot("before", { target: "web-1" }, { provider: lab });
 * ```
 */
export class Provider extends ProviderResource {
  constructor(name: string, args: ProviderArgs, options: ResourceOptions = {}) {
    // Providers take maps as JSON. The whole is a secret, since passwords may be in it.
    const connections = secret(output(args.connections).apply((map) => JSON.stringify(map)));
    super(PACKAGE, name, { connections }, { version, ...options });
  }
}
