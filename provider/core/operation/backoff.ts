/** How the pauses between attempts grow. All times in milliseconds. */
export interface BackoffOptions {
  /** @default 250 */
  first?: number;
  /** @default 2 */
  factor?: number;
  /** @default 10000 */
  max?: number;
  /** The random share of a pause, 0 to 1, so that many clients do not retry at the same moment. @default 0.3 */
  jitter?: number;
  /** @default Math.random */
  random?: () => number;
}

/** The pause before retry number `attempt` (the first is 1). Pure apart from the jitter. */
export function backoff(attempt: number, options: BackoffOptions = {}): number {
  const { first = 250, factor = 2, max = 10_000, jitter = 0.3, random = Math.random } = options;
  const full = Math.min(max, first * factor ** Math.max(0, attempt - 1));
  return Math.round(full * (1 - jitter * random()));
}

/** A Retry-After header (seconds or an HTTP date) as milliseconds from now, or undefined when absent or unreadable. */
export function retryAfter(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined || header.trim() === "") return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
