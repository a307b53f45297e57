import { createInterface } from "node:readline";
import { EmbeddedStack, type StackOptions } from "../engine";
import { Console } from "../engine/console";

/** What is told to this process on its standard input, one a line: arguments can be seen by everybody. */
export interface Order {
  /** Of the first line only. */
  options?: StackOptions;
  operation: "up" | "refresh" | "destroy";
  resources: object[];
}

/*
 * The embedded engine as a process of its own, for as many operations as it is told, with what it shows of each of them on its
 * standard output: to a person, and as a program gets it.
 */
async function main(): Promise<void> {
  let stack: EmbeddedStack | undefined;
  const config: NonNullable<StackOptions["config"]> = {};
  const display = new Console(process.stdout);
  for await (const line of createInterface({ input: process.stdin })) {
    const { options, operation, resources }: Order = JSON.parse(line);
    if (options !== undefined) {
      Object.assign(config, options.config);
      stack = new EmbeddedStack({ ...options, config, onEvent: display.onEvent });
    }
    config["scenario:resources"] = JSON.stringify(resources);
    if (stack === undefined) throw new Error("the first line has the stack's options");
    display.begin(operation, "secrets");
    const result = await stack[operation]({ continueOnError: true });
    display.end(result);
    const { ok, error, diagnostics, markedOutputs } = result;
    process.stdout.write(`${JSON.stringify({ done: true, ok, error, diagnostics, markedOutputs })}\n`);
  }
}

void main();
