import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cliEnvironment, connectionVariables } from "../cli/run-cli";
import { packageRoot } from "../support/package-root";
import { startVcsim } from "../vcsim/launcher";
import { median } from "./measure";
import { type Bound, markdownTable } from "./tables";

const ROUNDS = 9;
const root = packageRoot(__dirname);

interface Start {
  name: string;
  args: string[];
  environment?: Record<string, string>;
  /** Measure until the first output instead of the exit. */
  untilOutput?: boolean;
  limit?: number;
}

/** Start times as medians of several rounds, with a bare Node process for comparison. */
export async function start(): Promise<{ text: string; bounds: Bound[] }> {
  const vcsim = await startVcsim({ vms: 1 });
  try {
    const [vm] = await vcsim.control.vms();
    const cli = (...args: string[]) => [join(root, "entry", "cli.js"), ...args];
    const starts: Start[] = [
      { name: "node", args: ["-e", "0"] },
      { name: "node, to its first line", args: ["-e", "console.log(0); setTimeout(() => {}, 9e6)"], untilOutput: true },
      {
        name: "the plugin, to its port",
        args: [join(root, "bin", "pulumi-resource-snapstate"), "127.0.0.1:1"],
        untilOutput: true,
        limit: 1.8,
      },
      { name: "`snapstate --help`", args: cli("--help") },
      {
        name: "`snapstate tree` of one VM",
        args: cli("tree", vm?.path ?? ""),
        environment: connectionVariables("default", vcsim),
      },
    ];
    const times = starts.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, one] of starts.entries()) times[index]?.push(await timed(one));
    const medians = times.map(median);
    const bare = ({ untilOutput }: Start) => medians[untilOutput ? 1 : 0] as number;
    const ratio = (index: number) => (medians[index] as number) / bare(starts[index] as Start);
    return {
      text: markdownTable(
        ["start", "ms", "of bare node"],
        starts.map(({ name }, index) => [name, (medians[index] as number).toFixed(0), ratio(index).toFixed(1)]),
      ),
      bounds: starts.flatMap(({ name, limit }, index) =>
        limit === undefined ? [] : [{ what: `${name}, of bare node`, figure: ratio(index), limit }],
      ),
    };
  } finally {
    await vcsim.stop();
  }
}

async function timed({ args, environment = {}, untilOutput = false }: Start): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: cliEnvironment(environment),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  child.stdout.resume();
  await (untilOutput ? once(child.stdout, "data") : ended);
  const milliseconds = performance.now() - started;
  child.kill("SIGKILL");
  await ended;
  return milliseconds;
}
