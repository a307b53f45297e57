import { once } from "node:events";
import { type Command, InvalidArgumentError } from "commander";
import { exitCode } from "../exit-codes";
import { type FleetOptions, readFleet } from "../fleet";
import { type LimitOptions, limits, limitsOf } from "../options";
import { servePage } from "../page/server";
import type { Session } from "../session";
import type { Done } from "./done";
import { fleetOptions } from "./report";

interface Options extends FleetOptions, LimitOptions {
  port: number;
}

export function addUi(program: Command, session: Session, done: Done): void {
  const command = program
    .command("ui")
    .description("Serves the report as a read-only page, to this machine only, until it is interrupted.")
    .argument("[targets...]", "VMs (default: all that the connection's user may see)");
  limits(fleetOptions(command))
    .option("--port <n>", "port on 127.0.0.1 (default: any free port)", portNumber, 0)
    .action(async (targets: string[], options: Options) => {
      await session.begin(options);
      // Without a configured connection, fail now and not when the page is opened.
      session.connections(options.connection ?? []);
      const { port, kind } = options;
      const server = await servePage(() => readFleet(session, targets, options, limitsOf(options)), { port, kind });
      session.show({ url: server.url }, () => `Open ${server.url}`);
      if (session.isForPeople)
        session.warn(
          "The address has a token: anyone with it on this machine can read the report. Ctrl-C stops the server.",
        );
      if (!session.stopped.aborted) await once(session.stopped, "abort");
      await server.close();
      done(exitCode.ok);
    });
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("Use a port from 0 to 65535.");
  return Number(text);
}
