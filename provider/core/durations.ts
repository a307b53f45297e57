import { z } from "zod";

const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const part = /(\d+(?:\.\d+)?)\s*(ms|[smhdw])/y;

/** A duration in a program: a number with its unit (`500ms`, `90s`, `72h`, `7d`, `1h30m`), or a number of seconds. */
export const durationSchema = z.union([z.string(), z.number()]).refine((value) => parseDuration(value) !== undefined, {
  error: "not a duration: use a number and a unit (90s, 30m, 72h, 7d, 2w), or a number of seconds",
});

export type Duration = string | number;

/** The duration in milliseconds; undefined when it is not one, negative, or longer than 100 years. */
export function parseDuration(value: Duration): number | undefined {
  const milliseconds = typeof value === "number" ? value * 1000 : fromText(value);
  if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0) return undefined;
  return milliseconds <= 100 * 365 * unit.d ? milliseconds : undefined;
}

/** Like {@link parseDuration}, for a value that the schema has accepted. */
export function milliseconds(value: Duration): number {
  const parsed = parseDuration(value);
  if (parsed === undefined) throw new RangeError(`not a duration: ${value}`);
  return parsed;
}

function fromText(text: string): number | undefined {
  const trimmed = text.trim();
  let total = 0;
  part.lastIndex = 0;
  for (let match = part.exec(trimmed); match; match = part.exec(trimmed)) {
    total += Number(match[1]) * unit[match[2] as keyof typeof unit];
    if (part.lastIndex === trimmed.length) return total;
  }
  return undefined;
}
