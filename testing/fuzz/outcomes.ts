import assert from "node:assert/strict";
import { isSnapstateError } from "../../provider/core/errors";

/** Words of a runtime, a library or an unhandled case, which no user should read. */
export const RAW =
  /undefined is not|Cannot read|is not a function|is not iterable|Invalid time value|Maximum call stack|\[object|Unexpected token|in JSON at|invalid_type|ZodError|\bundefined\b|\n\s+at /;

/** Milliseconds after which work with a much earlier deadline counts as hung. */
const HANGS = 20_000;

/** Counts of results. */
export class Outcomes {
  readonly counted: Record<string, number> = {};

  /** Waits for a value or a SnapstateError in plain words; anything else, or no result, fails the test. */
  async of(work: Promise<unknown>, about: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end in ${HANGS / 1000} seconds`)), HANGS);
    });
    const outcome = await Promise.race([work, hangs])
      .finally(() => clearTimeout(timer))
      .then(
        () => "understood",
        (error: unknown) => this.judged(error, about),
      );
    this.counted[outcome] = (this.counted[outcome] ?? 0) + 1;
    return outcome;
  }

  private judged(error: unknown, about: string): string {
    assert.ok(isSnapstateError(error), `${about}: ${error instanceof Error ? error.stack : String(error)}`);
    assert.doesNotMatch(error.message, RAW, about);
    assert.ok(error.message.length < 4000, `${about}: a message of ${error.message.length} characters`);
    return error.kind;
  }
}
