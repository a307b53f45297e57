import { redact } from "../../core/errors/redact";
import { keepEnvironmentOutOfReports } from "../../core/errors/report";
import { onParentExit } from "../on-parent-exit";
import { listen, portOf } from "./listener";

/*
 * The executable pulumi-resource-snapstate. The engine starts it with its own address as the last argument and reads the
 * port from the first line of its output. Without an address it waits for engines that find it by
 * PULUMI_DEBUG_PROVIDERS=snapstate:PORT.
 */

async function main(): Promise<void> {
  keepEnvironmentOutOfReports();
  const listener = await listen();
  process.stdout.write(`${portOf(listener)}\n`);
  // Output of libraries must not be mistaken for the port.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  // Loaded before the next turn of the event loop, so the engine's connection cannot come earlier.
  const [{ servePlugin }, { engineAddress }] = await Promise.all([import("./server"), import("../pulumi/engine-link")]);
  const engine = engineAddress(process.argv);
  const plugin = servePlugin(listener, { engine });

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    const exit = () => process.exit(0);
    void plugin.stop().then(exit, exit);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
  // A killed engine does not end its plugins. One that was started to debug serves the next engine, too.
  if (engine === undefined) onParentExit(end);
  else plugin.engine.onDeath(end);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pulumi-resource-snapstate: ${redact(message)}\n`);
  process.exitCode = 1;
});
