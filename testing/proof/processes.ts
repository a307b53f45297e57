import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Order, Report } from "./order";

/** Milliseconds after which a run counts as hung. */
const HUNG = 60_000;

/**
 * Runs a program once in its own process.
 * @returns its report, or `killed` if it died at its kill point
 * @throws when it hangs or dies for another reason
 */
export async function runProcess(order: Order, environment: Record<string, string>): Promise<Report | "killed"> {
  const child = fork(join(__dirname, "worker.js"), {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let report: Report | undefined;
  child.once("message", (message: Report) => {
    report = message;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), HUNG);
  const started = performance.now();
  child.send(order);
  const [code, signal] = await once(child, "exit");
  clearTimeout(timer);
  if (report) return report;
  if (performance.now() - started >= HUNG) throw new Error(`a run hung for ${HUNG / 1000} seconds`);
  if (signal === "SIGKILL" && order.killAt > 0) return "killed";
  throw new Error(`a run ended with code ${code} and signal ${signal}`);
}
