import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { start, stop } from "../support/child-processes";
import { PluginChannel } from "./plugin-channel";
import { PluginProvider } from "./plugin-provider";
import { startRandomProvider } from "./random-provider";
import type { Stopwatch } from "./stopwatch";

/** A provider plugin that is not built in: its command line, or the address of one that runs already. */
export type PluginSource = { command: readonly string[] } | { address: string };

export interface PluginHostOptions {
  /** The Node that runs the dynamic provider. */
  nodePath: string;
  programDirectory: string;
  environment: NodeJS.ProcessEnv;
  plugins: Readonly<Record<string, PluginSource>>;
  onLine(packageName: string, line: string, stream: "stdout" | "stderr"): void;
}

export interface RunningPlugin {
  provider: PluginProvider;
  stop(): Promise<void>;
}

/** Milliseconds for a plugin to print its port. */
const START = 60_000;

/** Starts plugin processes and ends them all. */
export class PluginHost {
  private readonly running: Promise<RunningPlugin>[] = [];

  constructor(
    private readonly options: PluginHostOptions,
    private readonly engineAddress: string,
    private readonly rpc: Stopwatch,
    private readonly starting: Stopwatch,
  ) {}

  start(packageName: string): Promise<RunningPlugin> {
    const plugin = this.open(packageName);
    this.running.push(plugin);
    return plugin;
  }

  /** Tells every plugin that the user wants to stop. */
  async cancel(): Promise<void> {
    await this.each((plugin) => plugin.provider.channel.cancel());
  }

  async stop(): Promise<void> {
    await this.each((plugin) => plugin.stop());
  }

  private async each(action: (plugin: RunningPlugin) => Promise<void>): Promise<void> {
    const plugins = await Promise.allSettled(this.running);
    await Promise.all(plugins.map((plugin) => (plugin.status === "fulfilled" ? action(plugin.value) : undefined)));
  }

  private async open(name: string): Promise<RunningPlugin> {
    const started = this.starting.start();
    try {
      const plugin = await this.launch(name);
      await plugin.provider.channel.handshake(this.engineAddress, this.options.programDirectory);
      return plugin;
    } finally {
      started();
    }
  }

  private async launch(name: string): Promise<RunningPlugin> {
    const plugin = this.options.plugins[name];
    if (plugin && "address" in plugin) {
      const channel = new PluginChannel(plugin.address, this.rpc);
      return { provider: new PluginProvider(channel), stop: async () => channel.close() };
    }
    if (plugin) return this.spawn(name, plugin.command);
    if (name === "pulumi-nodejs") {
      // Resolved from the program, since its dynamic resources are made for its own version of the SDK.
      const sdk = require.resolve("@pulumi/pulumi/package.json", { paths: [this.options.programDirectory] });
      return this.spawn(name, [this.options.nodePath, join(sdk, "..", "cmd", "dynamic-provider")]);
    }
    if (name === "random") {
      const standIn = await startRandomProvider();
      const channel = new PluginChannel(standIn.address, this.rpc);
      return {
        provider: new PluginProvider(channel),
        stop: async () => {
          channel.close();
          standIn.stop();
        },
      };
    }
    throw new Error(`no provider plugin for package "${name}": the embedded engine downloads none, name it in plugins`);
  }

  private async spawn(name: string, command: readonly string[]): Promise<RunningPlugin> {
    const [program, ...args] = command;
    if (program === undefined) throw new Error(`the command of plugin "${name}" is empty`);
    const { programDirectory, environment, onLine } = this.options;
    let child: ChildProcess | undefined;
    const port = await new Promise<number>((resolve, reject) => {
      let found = false;
      const late = setTimeout(() => {
        if (child) void stop(child);
        reject(new Error(`plugin "${name}" printed no port within ${START / 1000} s`));
      }, START);
      const begun = start(program, [...args, this.engineAddress], {
        cwd: programDirectory,
        env: environment,
        onLine: (line, stream) => {
          if (found || stream === "stderr") return onLine(name, line, stream);
          found = true;
          clearTimeout(late);
          if (/^\d+$/.test(line.trim())) return resolve(Number(line));
          void stop(begun);
          reject(new Error(`plugin "${name}" printed ${JSON.stringify(line)} where its port was expected`));
        },
      });
      child = begun;
      const ended = (why: string) => {
        clearTimeout(late);
        reject(new Error(`plugin "${name}" ${why} before it printed its port`));
      };
      begun.once("error", (error) => ended(`could not be started (${error.message})`));
      begun.once("close", (code) => ended(`ended with code ${code}`));
    });
    const channel = new PluginChannel(`127.0.0.1:${port}`, this.rpc);
    return {
      provider: new PluginProvider(channel),
      stop: async () => {
        await channel.cancel();
        channel.close();
        if (child) await stop(child);
      },
    };
  }
}
