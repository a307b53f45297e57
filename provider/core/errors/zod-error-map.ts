import type { z } from "zod";

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "nothing",
};

/** What a schema requires, as text for users. Used for schemas without their own message. */
export const zodErrorMap: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") {
    return issue.input === undefined ? "is required" : `must be ${TYPES[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  if (issue.code === "too_small")
    return `must ${bound(issue.origin, "at least", Number(issue.minimum), issue.inclusive)}`;
  if (issue.code === "too_big") return `must ${bound(issue.origin, "at most", Number(issue.maximum), issue.inclusive)}`;
  if (issue.code === "invalid_union") return "matches none of the accepted forms";
  if (issue.code === "invalid_format") return `must be ${issue.format === "url" ? "a URL" : "in another form"}`;
  return undefined;
};

function bound(origin: string, how: string, limit: number, inclusive = true): string {
  if (origin === "string")
    return limit === 1 && how === "at least" ? "not be empty" : `have ${how} ${limit} characters`;
  if (origin === "array" || origin === "set") return `have ${how} ${limit} elements`;
  return inclusive ? `be ${how} ${limit}` : `be ${how === "at least" ? "greater" : "less"} than ${limit}`;
}
