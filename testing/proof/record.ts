import { appendFileSync } from "node:fs";

/** The record of a test of the proof, for the table in docs/reliability.md. */
export interface Proven {
  matrix: "crash" | "adapter" | "hypervisor" | "fault";
  platform: string;
  cases: number;
  /** For `adapter` only. */
  adapter?: string;
  victim?: string;
  /** Counts of results; for faults only. */
  outcomes?: Record<string, number>;
}

/** Passes a result to `npm run proof`, which sets the file; other runs ignore it. */
export function recordProven(proven: Proven): void {
  const file = process.env.SNAPSTATE_PROOF_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(proven)}\n`);
}
