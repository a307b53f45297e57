import type { SnapstateError } from "../../provider/core/errors";

/** `table` is for people; the others contain all fields. */
export type Format = "table" | "json" | "yaml";

export const formats: readonly Format[] = ["table", "json", "yaml"];

export function formatted(data: unknown, format: Exclude<Format, "table">): string {
  if (format === "json") return JSON.stringify(data, undefined, 2);
  // Loaded only when needed: loading takes longer than a small read.
  const { stringify } = require("yaml") as typeof import("yaml");
  // Omit what JSON omits, such as undefined.
  return stringify(JSON.parse(JSON.stringify(data)), { aliasDuplicateObjects: false }).trimEnd();
}

/** The form of a failure, in every format and command. */
export function errorData({ kind, operation, detail, hint, code, requestId, taskId, message }: SnapstateError) {
  return { error: { kind, operation, detail, remedy: hint, code, requestId, taskId, message } };
}

/** The requested format, even if the command line could not be parsed. */
export function formatIn(args: readonly string[]): Format {
  const stated = args.flatMap((arg, index) => {
    if (arg === "--json") return ["json"];
    if (arg === "--output" || arg === "-o") return [args[index + 1] ?? ""];
    return /^(?:--output=|-o)(.+)$/.exec(arg)?.[1] ?? [];
  });
  return formats.find((format) => format === stated.at(-1)) ?? "table";
}
