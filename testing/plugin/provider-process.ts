import { join } from "node:path";
import { type Adapter, pluginCommand } from "../support/adapter";
import { start, stop } from "../support/child-processes";
import { packageRoot } from "../support/package-root";
import { PluginClient, startEngineLog } from "./plugin-client";

/** A provider in its own process, called over gRPC. It ends with this process, even if that is killed. */
export interface ProviderProcess {
  client: PluginClient;
  /** Asks it to stop, as an engine does. */
  stop(): Promise<void>;
}

/**
 * Starts an adapter's provider as an engine does: the plugin's executable, or Pulumi's dynamic provider.
 *
 * @param environment of that process
 */
export async function startProvider(adapter: Adapter, environment: NodeJS.ProcessEnv): Promise<ProviderProcess> {
  const sdk = require.resolve("@pulumi/pulumi/package.json");
  const dynamic = [process.execPath, join(sdk, "..", "cmd", "dynamic-provider")];
  const [program, ...args] = (adapter === "plugin" ? pluginCommand : dynamic) as [string, ...string[]];
  const log = await startEngineLog();
  const errors: string[] = [];
  try {
    let stopChild: () => Promise<void> = async () => {};
    const port = await new Promise<number>((resolve, reject) => {
      const child = start(program, [...args, log.address], {
        // A closure requires the package from this folder.
        cwd: packageRoot(__dirname),
        env: environment,
        onLine: (line, stream) => (stream === "stdout" ? resolve(Number(line)) : errors.push(line)),
      });
      stopChild = () => stop(child);
      child.once("error", reject);
      child.once("close", () => reject(new Error(`the provider ended before it told its port: ${errors.join("\n")}`)));
    });
    const client = new PluginClient(port);
    return {
      client,
      stop: async () => {
        await client.cancel().catch(() => {});
        client.close();
        await stopChild();
        log.stop();
      },
    };
  } catch (error) {
    log.stop();
    throw error;
  }
}
