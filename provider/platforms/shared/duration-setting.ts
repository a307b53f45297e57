import { z } from "zod";
import { parseDuration } from "../../core/durations";

/** A setting that is a duration, as text: `50ms`, `30s`, `10m`. Drivers get it in milliseconds. */
export function durationSetting(preset: string, most: string) {
  const max = parseDuration(most) ?? 0;
  return z
    .string()
    .transform((text, context) => {
      const value = parseDuration(text);
      if (value !== undefined && value > 0 && value <= max) return value;
      const message = `must be a duration up to ${most} as a number and a unit, like ${preset}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .prefault(preset);
}
