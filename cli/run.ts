import { Command, CommanderError } from "commander";
import { asSnapstateError, redact } from "../provider/errors";
import { addCheck } from "./commands/check";
import { addPrune } from "./commands/prune";
import { addReport } from "./commands/report";
import { addTree } from "./commands/tree";
import { addUi } from "./commands/ui";
import { type ExitCode, exitCode } from "./exit-codes";
import { version } from "./package";
import { Session } from "./session";

const HELP = `
Connections are those of docs/connections.md: SNAPSTATE_<NAME>_PLATFORM, SNAPSTATE_<NAME>_ENDPOINT and so on in the
environment, SNAPSTATE_CONNECTIONS, or a JSON file given with --connections. Passwords never come as arguments: use
SNAPSTATE_<NAME>_PASSWORD or SNAPSTATE_<NAME>_PASSWORD_FILE.

Exit codes: 0 fine, 1 warning, 2 critical, 3 not known or failed.`;

/** Runs one command line and says what the process should end with. Never throws. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  const session = new Session();
  let code: ExitCode = exitCode.ok;
  const program = new Command("snapstate")
    .description("Looks at the snapshots of virtual machines, and removes those that have expired.")
    .version(version())
    .option("--no-color", "no colours; also NO_COLOR=1")
    .addHelpText("after", HELP)
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(redact(text)) });
  const done = (result: ExitCode) => {
    code = result;
  };
  for (const add of [addTree, addReport, addCheck, addPrune, addUi]) add(program, session, done);
  const stop = () => session.stop();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.unknown;
    const failure = asSnapstateError(error, "run the command");
    if (args.includes("--json")) {
      const { kind, doing, answered, hint, message } = failure;
      session.print(JSON.stringify({ error: { kind, doing, answered, hint, message } }, undefined, 2));
    }
    session.warn(`snapstate: ${failure.message}`);
    return exitCode.unknown;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
    await session.close();
  }
}
