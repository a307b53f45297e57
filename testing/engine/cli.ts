import { parseArgs } from "node:util";
import { Display, showOutputs } from "./display";
import { EmbeddedStack } from "./stack";

/*
 * `node dist/testing/engine/cli.js preview|up|refresh|destroy`: the embedded engine as a command of its own, for the
 * quickstart and for tests that kill it. The passphrase comes from PULUMI_CONFIG_PASSPHRASE, as with the real command.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cwd: { type: "string", default: "." },
    stack: { type: "string", default: "dev" },
    state: { type: "string" },
    parallel: { type: "string", default: "10" },
    config: { type: "string", multiple: true, default: [] },
    target: { type: "string", multiple: true },
    replace: { type: "string", multiple: true },
    refresh: { type: "boolean", default: false },
    "continue-on-error": { type: "boolean", default: false },
  },
});

const commands = ["preview", "up", "refresh", "destroy"] as const;

async function main(): Promise<number> {
  const command = commands.find((name) => name === positionals[0]);
  if (command === undefined) {
    process.stderr.write(
      `usage: ${commands.join("|")} [--cwd DIR] [--stack NAME] [--state FILE] [--config KEY=VALUE] …\n`,
    );
    return 2;
  }
  const display = new Display(process.stdout, command === "preview");
  const stack = new EmbeddedStack({
    programDirectory: values.cwd,
    stack: values.stack,
    stateFile: values.state,
    passphrase: process.env.PULUMI_CONFIG_PASSPHRASE ?? "",
    config: Object.fromEntries(
      values.config.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    ),
    parallel: Number(values.parallel),
    onEvent: display.onEvent,
  });
  const cancel = new AbortController();
  process.once("SIGINT", () => {
    process.stderr.write("Ctrl-C: waiting for the steps under way\n");
    cancel.abort();
  });
  const { target: targets, replace, refresh, "continue-on-error": continueOnError } = values;
  const result = await stack[command]({ targets, replace, refresh, continueOnError, signal: cancel.signal });
  display.end(result);
  if (command === "up" && result.ok && Object.keys(result.outputs).length > 0)
    process.stdout.write(`Outputs:\n${showOutputs(result.outputs)}\n`);
  return result.ok ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  },
);
