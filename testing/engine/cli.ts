import { join } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { Console } from "./console";
import { EmbeddedStack } from "./engine";
import type { PluginSource } from "./plugin-host";
import type { OperationRequest, Result } from "./requests";

const USAGE = `usage: cli preview|up|refresh|destroy|import|stack [--cwd DIR] [--main FILE] [--stack NAME] [--state FILE]
  [--parallel N] [--config KEY=VALUE] [--secret KEY=VALUE] [--plugin PACKAGE=COMMAND] [--target URN]
  [--target-dependents] [--replace URN] [--refresh] [--continue-on-error] [--clear-pending-creates] [--run-program]
  [--type TYPE --name NAME --id ID] [--unprotected]
`;

const options = {
  cwd: { type: "string", default: "." },
  main: { type: "string" },
  stack: { type: "string", default: "dev" },
  state: { type: "string" },
  parallel: { type: "string", default: "10" },
  config: { type: "string", multiple: true, default: [] as string[] },
  secret: { type: "string", multiple: true, default: [] as string[] },
  plugin: { type: "string", multiple: true, default: [] as string[] },
  target: { type: "string", multiple: true },
  "target-dependents": { type: "boolean", default: false },
  replace: { type: "string", multiple: true, default: [] as string[] },
  refresh: { type: "boolean", default: false },
  "continue-on-error": { type: "boolean", default: false },
  "clear-pending-creates": { type: "boolean", default: false },
  "run-program": { type: "boolean", default: false },
  type: { type: "string", default: "" },
  name: { type: "string", default: "" },
  id: { type: "string", default: "" },
  unprotected: { type: "boolean", default: false },
} satisfies ParseArgsConfig["options"];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command] = positionals;
  const display = new Console(process.stdout);
  const stateFile = values.state ?? join(values.cwd, ".snapstate", `${values.stack}.json`);
  const stack = new EmbeddedStack({
    programDirectory: values.cwd,
    stack: values.stack,
    stateFile,
    parallel: Number(values.parallel),
    config: {
      ...Object.fromEntries(values.config.map(pair)),
      ...Object.fromEntries(values.secret.map(pair).map(([key, secret]) => [key, { secret }])),
    },
    plugins: Object.fromEntries(
      values.plugin.map(pair).map(([key, command]): [string, PluginSource] => [key, { command: command.split(" ") }]),
    ),
    onEvent: display.onEvent,
    ...(values.main ? { main: values.main } : {}),
  });
  if (command === "stack") {
    process.stdout.write(`${JSON.stringify(stack.exportState(), null, 4)}\n`);
    return 0;
  }
  const request: OperationRequest = {
    ...(values.target ? { targets: values.target } : {}),
    targetDependents: values["target-dependents"],
    replace: values.replace,
    refresh: values.refresh,
    continueOnError: values["continue-on-error"],
    signal: interrupted(),
  };
  const operations: Record<string, () => Promise<Result>> = {
    preview: () => stack.preview(request),
    up: () => stack.up(request),
    refresh: () => stack.refresh({ ...request, clearPendingCreates: values["clear-pending-creates"] }),
    destroy: () => stack.destroy({ ...request, runProgram: values["run-program"] }),
    import: () => {
      const { type, name, id } = values;
      return stack.importResource({ type, name, id, protect: !values.unprotected });
    },
  };
  const operation = operations[command ?? ""];
  if (operation === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const kind = command as "preview" | "up" | "refresh" | "destroy" | "import";
  display.begin(kind, values.stack);
  const result = await operation();
  display.end(result);
  return result.ok ? 0 : 1;
}

/** The first Ctrl-C ends the operation in order; the second ends the process. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      process.stderr.write(
        "^C received; cancelling. Again to end at once, which may lose track of what is under way.\n",
      );
    });
  }
  return controller.signal;
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 0) throw new Error(`expected KEY=VALUE: ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(1);
  },
);
