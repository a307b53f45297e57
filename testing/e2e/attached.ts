import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { start, stop } from "../support/child-processes";
import { packageRoot } from "../support/package-root";

/**
 * A provider that engines attach to, as when debugging. One process serves all commands of a test; otherwise each
 * command starts its own, OpenTofu three or four, which takes most of a test's time. Not for tests of processes.
 */
export class AttachedProvider {
  private constructor(
    private readonly child: ChildProcess,
    /** Environment variables by which engines find it. */
    readonly variables: Record<string, string>,
  ) {}

  static async pulumi(environment: NodeJS.ProcessEnv): Promise<AttachedProvider> {
    const [child, port] = await started(["pulumi-resource-snapstate"], environment);
    return new AttachedProvider(child, { PULUMI_DEBUG_PROVIDERS: `snapstate:${port}` });
  }

  static async terraform(environment: NodeJS.ProcessEnv): Promise<AttachedProvider> {
    const [child, line] = await started(["terraform-provider-snapstate", "--debug"], environment);
    const [, name = "", value = ""] = /^(\w+)='(.*)'$/.exec(line) ?? [];
    return new AttachedProvider(child, { [name]: value });
  }

  stop(): void {
    void stop(this.child);
  }
}

/** @returns its first line of output */
function started(
  [executable = "", ...args]: string[],
  env: NodeJS.ProcessEnv,
): Promise<[child: ChildProcess, line: string]> {
  const cwd = packageRoot(__dirname);
  return new Promise((resolve, reject) => {
    const onLine = (line: string, stream: "stdout" | "stderr") =>
      stream === "stdout" ? resolve([child, line]) : void process.stderr.write(`${line}\n`);
    const child = start(process.execPath, [join(cwd, "bin", executable), ...args], { cwd, env, onLine });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${executable} ended before its first line`)));
  });
}
