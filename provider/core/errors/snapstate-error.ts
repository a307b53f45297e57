import { printable } from "./printable";
import { redact } from "./redact";
import { describeRemedy, type Remedy } from "./remedy";

/**
 * The kind of a failure, for programs to switch on.
 *
 * - `bad-input`: the request is wrong; nothing was changed.
 * - `unsupported`: the platform cannot do what was requested; nothing was changed.
 * - `not-found`: the platform explicitly reports that the object does not exist.
 * - `ambiguous`: a name matches several objects.
 * - `conflict`: another object exists, or something was changed; a retry does not help.
 * - `busy`: another task uses the target; a later retry helps.
 * - `held`: the resource is on hold and must not be removed.
 * - `guard`: a configured limit (chain depth, space, readiness) refuses the call before it is made.
 * - `quota`: the platform's own limit or space is used up.
 * - `auth`: not signed in, or the credentials are wrong.
 * - `permission`: signed in, but not allowed.
 * - `throttled`: the platform asks to slow down.
 * - `unreachable`: no connection, or no TLS trust; the request was not accepted.
 * - `lost-reply`: the request may or may not have been accepted.
 * - `task-failed`: the platform accepted the task and then reported that it failed.
 * - `consistency`: the snapshot exists but lacks the requested consistency.
 * - `timeout`: our deadline passed while the platform was still working.
 * - `cancelled`: the user asked to stop.
 * - `protocol`: a reply that cannot be parsed.
 */
export type ErrorKind =
  | "bad-input"
  | "unsupported"
  | "not-found"
  | "ambiguous"
  | "conflict"
  | "busy"
  | "held"
  | "guard"
  | "quota"
  | "auth"
  | "permission"
  | "throttled"
  | "unreachable"
  | "lost-reply"
  | "task-failed"
  | "consistency"
  | "timeout"
  | "cancelled"
  | "protocol";

/**
 * The `code` of a `cancelled` error raised while a request was in flight: the request may or may not have been carried
 * out.
 */
export const IN_FLIGHT = "in-flight";

/**
 * The fields of an error. None may contain a header or a request body; known secrets in a server's text are replaced.
 */
export interface ErrorFacts {
  kind: ErrorKind;
  /** The operation and its target: `create snapshot "r1" of VM "/DC0/vm/web"`. */
  operation: string;
  /** The platform's message, or what was found instead. */
  detail?: string;
  /** The remedy, as a sentence. @default the remedy as worded by the adapter */
  hint?: string;
  /** The remedy as data, if it is a command of the user's tool. */
  remedy?: Remedy;
  /** The platform's name for the failure: a vim25 fault type, an HTTP status, an API error code. */
  code?: string;
  /** The platform's id of the request, task or job, for its support. */
  requestId?: string;
  /** The id of a task that is still running or whose result is unknown. */
  taskId?: string;
  cause?: unknown;
}

/**
 * The one error type of this project: every failure of the wire, of a driver or of a lifecycle is one of these. It is
 * also the one place that removes secrets from failures: from the message, all fields and the causes.
 */
export class SnapstateError extends Error {
  override readonly name = "SnapstateError";
  readonly kind: ErrorKind;
  readonly operation: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly remedy: Remedy | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly taskId: string | undefined;

  constructor(given: ErrorFacts) {
    const hint = given.hint ?? (given.remedy && describeRemedy(given.remedy));
    const { operation, detail } = given;
    const facts = { ...given, hint, operation: printable(operation), detail: detail && printable(detail) };
    super(messageOf(facts), facts.cause === undefined ? undefined : { cause: cleanCause(facts.cause) });
    this.kind = facts.kind;
    this.operation = redact(facts.operation);
    this.detail = clean(facts.detail);
    this.hint = clean(facts.hint);
    this.remedy = facts.remedy;
    this.code = clean(facts.code);
    this.requestId = clean(facts.requestId);
    this.taskId = clean(facts.taskId);
  }

  /**
   * The same failure as part of a larger operation: a driver's error about a call becomes a message about the user's
   * request.
   */
  during(operation: string): SnapstateError {
    return new SnapstateError({ ...this.facts(), operation });
  }

  private facts(): ErrorFacts {
    const { kind, operation, detail, hint, remedy, code, requestId, taskId, cause } = this;
    return { kind, operation, detail, hint, remedy, code, requestId, taskId, cause };
  }
}

/** Recognises the error by name, so that it works with two copies of this package in one process. */
export function isSnapstateError(error: unknown, ...kinds: ErrorKind[]): error is SnapstateError {
  if (!(error instanceof Error) || error.name !== "SnapstateError") return false;
  return kinds.length === 0 || kinds.includes((error as SnapstateError).kind);
}

/** Any thrown value as a {@link SnapstateError}; an unknown one becomes `protocol`, a defect of this project. */
export function asSnapstateError(error: unknown, operation: string): SnapstateError {
  if (isSnapstateError(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new SnapstateError({ kind: "protocol", operation, detail, cause: error });
}

function messageOf(facts: ErrorFacts): string {
  const ids = [
    facts.code,
    facts.requestId && `request ${facts.requestId}`,
    facts.taskId && `task ${facts.taskId}`,
  ].filter(Boolean);
  const tail = ids.length > 0 ? ` (${ids.join(", ")})` : "";
  const head = facts.detail ? `${facts.operation}: ${stop(facts.detail + tail)}` : `${stop(facts.operation + tail)}`;
  return redact(facts.hint ? `${head} ${stop(facts.hint)}` : head);
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redact(text);
}

/**
 * Copies message, stack and causes of another library's error. Other properties (a server's fault, a request, a socket)
 * are dropped: they would be printed without redaction.
 */
function cleanCause(cause: unknown, depth = 0): unknown {
  if (cause instanceof SnapstateError) return cause;
  if (!(cause instanceof Error)) return redact(String(cause));
  const inner = cause.cause === undefined || depth > 8 ? undefined : { cause: cleanCause(cause.cause, depth + 1) };
  const copy = new Error(redact(cause.message), inner);
  copy.name = cause.name;
  if (cause.stack !== undefined) copy.stack = redact(cause.stack);
  const { code } = cause as { code?: unknown };
  return code === undefined ? copy : Object.assign(copy, { code: redact(String(code)) });
}

function stop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** For the `catch` of a removal: a missing object counts as success; all other errors are re-thrown. */
export function ignoreNotFound(error: unknown): void {
  if (!isSnapstateError(error, "not-found")) throw error;
}
