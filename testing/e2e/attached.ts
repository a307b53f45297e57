import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../support/package-root";

/**
 * A provider that engines attach to, as one does to debug it. One process serves all commands of a test; otherwise each command starts
 * one, OpenTofu three or four, which takes most of a test's time. Not for what is about processes.
 */
export class AttachedProvider {
  private constructor(
    private readonly child: ChildProcess,
    /** By which engines find it. */
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
    this.child.kill();
  }
}

/** @returns with the first line that it prints */
async function started(
  [executable = "", ...args]: string[],
  env: NodeJS.ProcessEnv,
): Promise<[child: ChildProcess, line: string]> {
  const file = join(packageRoot(__dirname), "bin", executable);
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  // The test waits for the engine, not for this.
  child.stdout.destroy();
  child.unref();
  return [child, line];
}
