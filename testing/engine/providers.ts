import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { start, stop } from "./processes";
import { ProviderClient } from "./provider-client";
import { startRandomProvider } from "./random-provider";
import type { Properties, ResourceState } from "./types";

/** A provider plugin that is not built in: its command line, or the address of one that runs already. */
export type PluginSource = { command: readonly string[] } | { address: string };

export interface ProvidersOptions {
  /** The Node that runs the dynamic provider. */
  nodePath: string;
  programDirectory: string;
  engineAddress: string;
  environment: NodeJS.ProcessEnv;
  plugins: Readonly<Record<string, PluginSource>>;
  onLine(line: string, stream: "stdout" | "stderr"): void;
}

interface Running {
  client: ProviderClient;
  stop(): Promise<void>;
}

/** Milliseconds for a provider to print its port. */
const START = 60_000;

/** Starts provider processes when they are first needed, one for each provider resource, and ends them all. */
export class Providers {
  private readonly running = new Map<string, Promise<Running>>();

  constructor(private readonly options: ProvidersOptions) {}

  /** The client behind a provider resource, started and configured with its inputs. */
  async client(provider: ResourceState): Promise<ProviderClient> {
    const key = `${provider.urn}::${provider.id ?? ""}`;
    let entry = this.running.get(key);
    if (entry === undefined) {
      entry = this.launch(packageOf(provider.type), provider.inputs);
      this.running.set(key, entry);
    }
    return (await entry).client;
  }

  async cancel(): Promise<void> {
    const entries = await Promise.allSettled(this.running.values());
    await Promise.all(entries.map((entry) => (entry.status === "fulfilled" ? entry.value.client.cancel() : undefined)));
  }

  async stopAll(): Promise<void> {
    const entries = await Promise.allSettled(this.running.values());
    await Promise.all(entries.map((entry) => (entry.status === "fulfilled" ? entry.value.stop() : undefined)));
  }

  /** Milliseconds during which the engine waited for providers. */
  async busyMilliseconds(): Promise<number> {
    const entries = await Promise.allSettled(this.running.values());
    return entries.reduce(
      (sum, entry) => sum + (entry.status === "fulfilled" ? entry.value.client.busyMilliseconds : 0),
      0,
    );
  }

  private async launch(name: string, inputs: Properties): Promise<Running> {
    const { engineAddress, programDirectory } = this.options;
    const running = await this.open(name);
    const shaken = await running.client.handshake(engineAddress, programDirectory, programDirectory);
    await running.client.configure(inputs, shaken);
    return running;
  }

  private async open(name: string): Promise<Running> {
    const plugin = this.options.plugins[name];
    if (plugin && "address" in plugin) return { client: new ProviderClient(plugin.address), stop: async () => {} };
    if (plugin) return this.spawn(name, plugin.command);
    if (name === "pulumi-nodejs") {
      // Resolved from the program, since its dynamic resources are made for its own version of the SDK.
      const sdk = require.resolve("@pulumi/pulumi/package.json", { paths: [this.options.programDirectory] });
      return this.spawn(name, [this.options.nodePath, join(sdk, "..", "cmd", "dynamic-provider")]);
    }
    if (name === "random") {
      const standIn = await startRandomProvider();
      const client = new ProviderClient(standIn.address);
      const stop = async () => {
        client.close();
        standIn.stop();
      };
      return { client, stop };
    }
    throw new Error(`no provider plugin for package ${JSON.stringify(name)}; the embedded engine cannot download any`);
  }

  private async spawn(name: string, command: readonly string[]): Promise<Running> {
    const { programDirectory, environment, engineAddress, onLine } = this.options;
    const [program, ...args] = command as [string, ...string[]];
    let child: ChildProcess | undefined;
    const port = await new Promise<number>((resolve, reject) => {
      let found = false;
      child = start(program, [...args, engineAddress], {
        cwd: programDirectory,
        env: environment,
        onLine: (line, stream) => {
          if (found || stream === "stderr") return onLine(line, stream);
          found = true;
          if (/^\d+$/.test(line.trim())) resolve(Number(line));
          else reject(new Error(`provider ${name} printed ${JSON.stringify(line)} where its port was expected`));
        },
      });
      child.once("error", reject);
      child.once("close", (code) =>
        reject(new Error(`provider ${name} ended with code ${code} before it printed its port`)),
      );
      setTimeout(() => reject(new Error(`provider ${name} printed no port within ${START / 1000} s`)), START).unref();
    });
    const client = new ProviderClient(`127.0.0.1:${port}`);
    return {
      client,
      stop: async () => {
        await client.cancel();
        client.close();
        if (child) await stop(child);
      },
    };
  }
}

/** `pulumi:providers:random` -> `random`. */
export function packageOf(providerType: string): string {
  return providerType.split(":")[2] ?? providerType;
}
