import assert from "node:assert/strict";
import type { RunningPlatform } from "../platforms/harness";
import type { Adapter } from "../support/adapter";
import { Case } from "./case";
import type { Operation } from "./operations";

/** Over which adapter a run goes, and who of the two processes dies. Without it one process is both. */
export interface Over {
  adapter: Adapter;
  victim: "engine" | "provider";
}

/** Runs the operation once, undisturbed. @returns the boundaries at which a run of it may die */
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

/** Breaks the operation off at a boundary, runs it again, and proves that all is as if it had never been broken off. */
export async function breakOff(
  platform: RunningPlatform,
  operation: Operation,
  killAt: number,
  over?: Over,
): Promise<void> {
  const own = await Case.open(platform, operation, { adapter: over?.adapter });
  try {
    const end = await own.run(killAt, over?.victim);
    // Polls differ from run to run, so that the last boundaries of one may not be reached in another.
    const reached = end !== "killed" && end.killPoints.length >= killAt;
    if (end !== "killed" && !reached) assert.equal(end.error, undefined);
    if (end !== "killed" && reached) {
      assert.equal(over?.victim, "provider", "the run went on beyond its death");
      // It may have died with all its work done, and have sent the answer already.
      if (end.error !== undefined) assert.match(end.error, /UNAVAILABLE|dropped|ECONN|closed|cancelled/i);
    }
    await own.whole();
    await own.prove();
  } finally {
    await own.close();
  }
}
