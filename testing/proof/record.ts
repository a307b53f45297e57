import { appendFileSync } from "node:fs";

/** What one test of the proof went through, for the table in docs/reliability.md. */
export interface Proven {
  matrix: "crash" | "adapter" | "hypervisor" | "fault";
  platform: string;
  cases: number;
  /** Of `adapter` only. */
  adapter?: string;
  victim?: string;
  /** How often a case ended in which way; of faults only. */
  outcomes?: Record<string, number>;
}

/** Hands a result to `npm run proof`, which names the file; in other runs of the tests nobody asks. */
export function recordProven(proven: Proven): void {
  const file = process.env.SNAPSTATE_PROOF_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(proven)}\n`);
}
