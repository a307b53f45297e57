import assert from "node:assert/strict";
import type { RunningPlatform } from "../platforms/harness";
import type { Adapter } from "../support/adapter";
import { Case } from "./case";
import type { Operation } from "./operations";

/** The adapter of a run, and which of the two processes dies. Without it, a single process is both. */
export interface Over {
  adapter: Adapter;
  victim: "engine" | "provider";
}

/** Runs the operation once, undisturbed. @returns the number of its kill points */
export async function record(platform: RunningPlatform, operation: Operation, over?: Over): Promise<readonly string[]> {
  const own = await Case.open(platform, operation, { adapter: over?.adapter });
  try {
    const report = await own.run(0, over?.victim);
    assert.ok(report !== "killed");
    assert.equal(report.error, undefined);
    await own.prove();
    return report.killPoints;
  } finally {
    await own.close();
  }
}

/**
 * Kills the operation at a kill point, runs it again, and checks that the result is as if it had not been interrupted.
 */
export async function breakOff(
  platform: RunningPlatform,
  operation: Operation,
  killAt: number,
  over?: Over,
): Promise<void> {
  const own = await Case.open(platform, operation, { adapter: over?.adapter });
  try {
    const end = await own.run(killAt, over?.victim);
    // The number of polls varies, so another run may not reach the last kill points.
    const reached = end !== "killed" && end.killPoints.length >= killAt;
    if (end !== "killed" && !reached) assert.equal(end.error, undefined);
    if (end !== "killed" && reached) {
      assert.equal(over?.victim, "provider", "the run went on beyond its death");
      // It may have died after its work was done and its reply sent.
      if (end.error !== undefined) assert.match(end.error, /UNAVAILABLE|dropped|ECONN|closed|cancelled/i);
    }
    await own.whole();
    await own.prove();
  } finally {
    await own.close();
  }
}
