import assert from "node:assert/strict";
import { Case } from "./case";
import type { Operation } from "./operations";
import type { ProofPlatform } from "./platform";

/** Runs the operation once, undisturbed. @returns the boundaries at which a run of it may die */
export async function record(platform: ProofPlatform, operation: Operation): Promise<readonly string[]> {
  const own = await Case.open(platform, operation);
  try {
    const report = await own.run();
    assert.ok(report !== "killed");
    assert.equal(report.error, undefined);
    await own.prove();
    return report.boundaries;
  } finally {
    await own.close();
  }
}

/** Breaks the operation off at a boundary, runs it again, and proves that all is as if it had never been broken off. */
export async function breakOff(platform: ProofPlatform, operation: Operation, killAt: number): Promise<void> {
  const own = await Case.open(platform, operation);
  try {
    const end = await own.run(killAt);
    // Polls differ from run to run, so that the last boundaries of one may not be reached in another.
    if (end !== "killed") assert.equal(end.error, undefined);
    await own.whole();
    await own.prove();
  } finally {
    await own.close();
  }
}
