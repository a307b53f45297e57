import { asSnapstateError, redact } from "../../core/errors";
import { attributeName, snakeCase } from "./types";

const SEVERITY = { error: 1, warning: 2 } as const;

/** The protocol's Diagnostic. */
export interface Diagnostic {
  severity: number;
  summary: string;
  detail: string;
  attribute?: { steps: object[] };
}

export function warningOf(message: string): Diagnostic {
  return { severity: SEVERITY.warning, ...sentences(message) };
}

/** @param property path of an input in the lifecycles' names: `limits.maxChainDepth`, `targets[2]` */
export function refusalOf(message: string, property: string, operation: string): Diagnostic {
  return {
    severity: SEVERITY.error,
    summary: capitalize(operation),
    detail: redact(message),
    attribute: pathOf(property),
  };
}

export function errorOf(error: unknown, operation: string): Diagnostic {
  const known = asSnapstateError(error, operation);
  const { detail: reason, hint, requestId } = known;
  const detail = [reason ?? known.message, hint, requestId && `Request: ${requestId}`];
  return {
    severity: SEVERITY.error,
    summary: capitalize(known.operation),
    detail: redact(detail.filter(Boolean).map(sentence).join(" ")),
  };
}

/** An input's path as the protocol's steps. */
export function pathOf(property: string): { steps: object[] } {
  const [first = "", ...rest] = property.split(/[.[\]]+/).filter(Boolean);
  const steps = rest.map((part) =>
    /^\d+$/.test(part) ? { elementKeyInt: Number(part) } : { attributeName: snakeCase(part) },
  );
  return { steps: [{ attributeName: attributeName(first) }, ...steps] };
}

/** Splits a message: the first sentence is the summary, the rest the detail. */
function sentences(message: string): Pick<Diagnostic, "summary" | "detail"> {
  const text = redact(message);
  const end = text.search(/\. [A-Z]/);
  return end < 0 ? { summary: text, detail: "" } : { summary: text.slice(0, end + 1), detail: text.slice(end + 2) };
}

function sentence(text: string | undefined): string {
  return text === undefined || /[.!?]$/.test(text) ? (text ?? "") : `${text}.`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
