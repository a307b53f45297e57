import { once } from "node:events";
import { Argument, Command, InvalidArgumentError } from "commander";
import { OFFERED } from "./simulator-registry";

/*
 * Runs a platform's simulator until SIGINT or SIGTERM, for users' own tests. Prints the connection in the two forms
 * that snapstate reads, and with --json a single line for programs.
 */

interface Options {
  port: number;
  json: boolean;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

async function run(name: string, { port, json }: Options): Promise<void> {
  const start = OFFERED[name];
  if (start === undefined) throw new Error(`There is no simulator of ${name}`);
  const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const { connection, contents, close } = await start(port);
  const connections = JSON.stringify({ default: connection });
  if (json) {
    print(JSON.stringify({ connection, contents, pid: process.pid }));
  } else {
    print(`A simulated ${name} at ${connection.endpoint}. Ctrl-C ends it; nothing is kept.\n`);
    for (const line of contents) print(`  ${line}`);
    print("\nBy the environment:\n");
    print(`  export SNAPSTATE_CONNECTIONS='${connections}'`);
    print("\nor setting by setting:\n");
    for (const [setting, value] of Object.entries(connection)) print(`  export ${variable(setting)}='${value}'`);
  }
  // A simulator in its own process does not keep this one alive.
  const alive = setInterval(() => {}, 60_000);
  await stopped;
  clearInterval(alive);
  await close();
}

/** `SNAPSTATE_DEFAULT_API_KEY` of `apiKey`. */
function variable(setting: string): string {
  return `SNAPSTATE_DEFAULT_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("It is a number from 0 to 65535.");
}

new Command("simulator")
  .description("Runs a simulated platform on 127.0.0.1.")
  .addArgument(new Argument("<platform>", "what to simulate").choices(Object.keys(OFFERED)))
  .option("--port <number>", "port to listen on; 0 is any free one", portOf, 0)
  .option("--json", "print one line of JSON for programs", false)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
