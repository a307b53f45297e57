/** Inputs and outputs as they travel: plain JSON values, secrets already unwrapped by the adapter. */
export type Values = Record<string, unknown>;

export interface CheckFailure {
  /** Path of the input: `timeouts.create`. */
  property: string;
  reason: string;
}
