import { asSnapstateError, type ErrorKind, isSnapstateError, isUntrusted, SnapstateError } from "../../core/errors";
import type { CheckFailure } from "./lifecycle";

/** A finding of a plan before anything is changed: a warning, or a reason to refuse. */
export interface Finding {
  severity: "warning" | "refusal";
  message: string;
  /** Path of the input it concerns. @default the input that names the target */
  property?: string;
  /** For a single refusal, the kind of the resulting error. @default "guard" */
  kind?: ErrorKind;
}

export function warning(message: string): Finding {
  return { severity: "warning", message };
}

export function refusal(message: string, property?: string): Finding {
  return { severity: "refusal", message, ...(property === undefined ? {} : { property }) };
}

/** Errors that are as certain at plan time as later: another attempt gives the same result. */
const ABOUT_THE_TARGET: readonly ErrorKind[] = ["ambiguous", "bad-input", "unsupported", "conflict", "guard", "held"];
const ABOUT_THE_CONNECTION: readonly ErrorKind[] = ["auth", "permission"];

export interface PreflightSubject {
  /** The target for messages: `VM "web"`. */
  named: string;
  /** The operation, for errors of other libraries. */
  operation: string;
  /** A missing target is a refusal, because the same program cannot create it. @default false */
  mustExist?: boolean;
  /** Warnings to add when the target could not be read. */
  warningsIfUnread?: Finding[];
}

/**
 * Reads the platform for a plan. An error that another attempt cannot change is a refusal. A missing target may be
 * created by the same program, and an unreachable platform may answer later: both are warnings.
 */
export async function preflight(subject: PreflightSubject, observe: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await observe();
  } catch (error) {
    const finding = findingOf(error, subject);
    return finding.severity === "warning" ? [...(subject.warningsIfUnread ?? []), finding] : [finding];
  }
}

function findingOf(error: unknown, { named, operation, mustExist }: PreflightSubject): Finding {
  if (isSnapstateError(error, "not-found")) {
    return mustExist
      ? refusal(`${named} not found`)
      : warning(`${named} not found; up fails unless this program creates it.`);
  }
  const { message } = asSnapstateError(error, operation);
  if (isSnapstateError(error, ...ABOUT_THE_CONNECTION) || isUntrusted(error)) return refusal(message, "connection");
  return isSnapstateError(error, ...ABOUT_THE_TARGET) ? refusal(message) : warning(message);
}

/** Converts check failures to refusals. */
export function refusalsOf(failures: readonly CheckFailure[]): Finding[] {
  return failures.map(({ property, reason }) => refusal(reason, property));
}

export function warningsOfFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ severity, message }) => (severity === "warning" ? [message] : []));
}

/** @throws SnapstateError `guard` with every refusal, when there is one. */
export function throwRefusals(findings: readonly Finding[], operation: string): void {
  const refusals = findings.filter(({ severity }) => severity === "refusal");
  if (refusals.length === 0) return;
  throw new SnapstateError({
    kind: (refusals.length === 1 ? refusals[0]?.kind : undefined) ?? "guard",
    operation,
    detail: `refused before anything was changed: ${refusals.map(({ message }) => message).join("; ")}`,
  });
}
