/*
 * Loaded into every Node process of a run: stores the process's output, even if the engine discards it, its command
 * line, and a crash report.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.SNAPSTATE_TEST_WATCH ?? "";
const file = (kind: string) => join(folder, `${process.pid}.${kind}`);

/** Processes of snapstate, whose reports must be clean; the environment of a program is Pulumi's. */
const ours = /dynamic-provider|pulumi-resource-snapstate|terraform-provider-snapstate|dist.cli.main/.test(
  process.argv[1] ?? "",
);

if (folder !== "") {
  appendFileSync(file("arguments"), JSON.stringify([process.argv, process.execArgv]));
  for (const name of ["stdout", "stderr"] as const) {
    const stream = process[name];
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      appendFileSync(file(name), chunk);
      return write(chunk, ...rest);
    }) as typeof stream.write;
  }
  process.on("exit", () => {
    if (!ours) return;
    const report = process.report.getReport(new Error("as in a crash")) as unknown as Record<string, unknown>;
    // Node 20 cannot omit the environment; docs/connections.md says so.
    if (!("excludeEnv" in process.report)) report.environmentVariables = undefined;
    appendFileSync(file("report"), JSON.stringify(report));
  });
}
