import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliEnvironment, connectionVariables } from "../cli/run-cli";
import { install, pack } from "../package/install";
import { startVcsim } from "../vcsim/launcher";
import { median } from "./measure";
import { type Bound, markdownTable } from "./tables";

const ROUNDS = 9;

interface Start {
  name: string;
  args: string[];
  environment?: Record<string, string>;
  /** Measure until the first output instead of the exit. */
  untilOutput?: boolean;
  limit?: number;
}

/** Start times of the installed package as medians of several rounds, with a bare Node process for comparison. */
export async function start(): Promise<{ text: string; bounds: Bound[] }> {
  const vcsim = await startVcsim({ vms: 1 });
  const folder = mkdtempSync(join(tmpdir(), "snapstate-start-"));
  // Starts after the first one, which compiles: the medians leave it out.
  const cache = { XDG_CACHE_HOME: folder, LOCALAPPDATA: folder };
  try {
    const root = install(pack(folder), folder);
    const [vm] = await vcsim.control.vms();
    const cli = (...args: string[]) => [join(root, "entry", "cli.js"), ...args];
    const starts: Start[] = [
      { name: "node", args: ["-e", "0"] },
      { name: "node, to its first line", args: ["-e", "console.log(0); setTimeout(() => {}, 9e6)"], untilOutput: true },
      {
        name: "the plugin, to its port",
        args: [join(root, "bin", "pulumi-resource-snapstate"), "127.0.0.1:1"],
        environment: cache,
        untilOutput: true,
        limit: 1.8,
      },
      { name: "`snapstate --help`", args: cli("--help"), environment: cache, limit: 3 },
      {
        name: "`snapstate tree` of one VM",
        args: cli("tree", vm?.path ?? ""),
        environment: { ...connectionVariables("default", vcsim), ...cache },
        limit: 5.2,
      },
    ];
    const times = starts.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, one] of starts.entries()) times[index]?.push(await timed(one));
    const medians = times.map(median);
    const bare = ({ untilOutput }: Start) => medians[untilOutput ? 1 : 0] as number;
    const ratio = (index: number) => (medians[index] as number) / bare(starts[index] as Start);
    return {
      text: [
        "The npm package as it is installed, with the code that earlier starts have compiled. The limits are 0.2 s and 0.35 s where bare Node takes 0.067 s.",
        "",
        markdownTable(
          ["start", "ms", "of bare node"],
          starts.map(({ name }, index) => [name, (medians[index] as number).toFixed(0), ratio(index).toFixed(1)]),
        ),
      ].join("\n"),
      bounds: starts.flatMap(({ name, limit }, index) =>
        limit === undefined ? [] : [{ what: `${name}, of bare node`, figure: ratio(index), limit }],
      ),
    };
  } finally {
    await vcsim.stop();
    rmSync(folder, { recursive: true, force: true });
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
