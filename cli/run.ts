import { Command, CommanderError } from "commander";
import { asSnapstateError, redact, SnapstateError } from "../provider/core/errors";
import { addCheck } from "./commands/check";
import { addCompletion } from "./commands/completion";
import { addPolicy } from "./commands/policy";
import { addPrune } from "./commands/prune";
import { addReport } from "./commands/report";
import { addSnapshot } from "./commands/snapshot";
import { addTree } from "./commands/tree";
import { addUi } from "./commands/ui";
import { addVersion } from "./commands/version";
import { type ExitCode, exitCode } from "./exit-codes";
import { errorData, formatIn, formatted } from "./output/format";
import { version } from "./package";
import { Session } from "./session";
import { processTerminal } from "./terminal";

const HELP = `
Connections come from the environment (SNAPSTATE_<NAME>_PLATFORM, SNAPSTATE_<NAME>_ENDPOINT and so on, or
SNAPSTATE_CONNECTIONS) and from the nearest snapstate.yaml here or in a parent folder, or --connections FILE, or a Pulumi stack
(--stack NAME); the environment takes precedence. Passwords never come as arguments: use SNAPSTATE_<NAME>_PASSWORD or
SNAPSTATE_<NAME>_PASSWORD_FILE. See docs/connections.md.

Exit codes: 0 OK, 1 warning, 2 critical, 3 unknown or failed.`;

function usageError({ message }: CommanderError): SnapstateError {
  const detail = message
    .replace(/^error: /, "")
    .split("\n")
    .join(" ");
  return new SnapstateError({ kind: "bad-input", operation: "read the command line", detail });
}

/** Runs one command line and returns the exit code. Never throws. */
export async function run(args: readonly string[], terminal = processTerminal()): Promise<ExitCode> {
  const session = new Session(terminal);
  let code: ExitCode = exitCode.ok;
  const program = new Command("snapstate")
    .description("Shows, takes, reverts to and removes snapshots of virtual machines.")
    .version(version())
    .option("--no-color", "no colours; also NO_COLOR=1")
    .addHelpText("after", HELP)
    .helpCommand(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(redact(text)),
    });
  const done = (result: ExitCode) => {
    code = result;
  };
  const commands = [addTree, addReport, addCheck, addPrune, addUi, addSnapshot, addPolicy, addVersion, addCompletion];
  for (const add of commands) add(program, session, done);
  const stop = () => session.stop();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok;
    const format = formatIn(args);
    const failure = error instanceof CommanderError ? usageError(error) : asSnapstateError(error, "run the command");
    if (format !== "table") session.print(formatted(errorData(failure), format));
    // Commander has already printed it.
    if (!(error instanceof CommanderError)) session.warn(`snapstate: ${failure.message}`);
    return exitCode.unknown;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
    await session.close();
  }
}
