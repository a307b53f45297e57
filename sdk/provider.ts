import { type Input, output, ProviderResource, type ResourceOptions, secret } from "@pulumi/pulumi";
import { PACKAGE } from "../provider/adapters/plugin/tokens";
import { version } from "./version";

/** Arguments of {@link Provider}. */
export interface ProviderArgs {
  /**
   * Connections by name, each with its settings, as under `snapstate:connections`. Kept in the state, encrypted;
   * settings from the environment are in no state.
   */
  connections: Input<Record<string, Input<Record<string, Input<unknown>>>>>;
}

/**
 * A plugin with its own connections. A resource with it as `provider` uses the plugin, regardless of the stack's
 * `snapstate:adapter`.
 *
 * @example
 * ```ts
 * const lab = new Provider("lab", { connections: { default: { platform: "vsphere", endpoint: "lab.example.com" } } });
 * new Snapshot("before", { target: "web-1" }, { provider: lab });
 * ```
 */
export class Provider extends ProviderResource {
  constructor(name: string, args: ProviderArgs, options: ResourceOptions = {}) {
    // Providers take maps as JSON. It is a secret, since it may contain passwords.
    const connections = secret(output(args.connections).apply((map) => JSON.stringify(map)));
    super(PACKAGE, name, { connections }, { version, ...options });
  }
}
