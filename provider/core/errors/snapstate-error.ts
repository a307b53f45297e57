import { printable } from "./printable";
import { redact } from "./redact";
import { describeRemedy, type Remedy } from "./remedy";

/**
 * What went wrong, as one word a program can switch on.
 *
 * - `bad-input`: the request is wrong; nothing was touched.
 * - `unsupported`: the platform cannot do what was asked; nothing was touched.
 * - `not-found`: the platform positively says that the thing does not exist.
 * - `ambiguous`: a name matches more than one thing.
 * - `conflict`: something else exists or changed in the way; trying again does not help.
 * - `busy`: another task holds the target; trying again later does.
 * - `held`: the resource is on hold and must not be removed.
 * - `guard`: a configured limit (chain depth, space, readiness) refuses the call before it is made.
 * - `quota`: the platform's own limit or space is used up.
 * - `auth`: not signed in, or the credentials are wrong.
 * - `permission`: signed in, but not allowed.
 * - `throttled`: the platform asks to slow down.
 * - `unreachable`: no connection, or no TLS trust; the request was not accepted.
 * - `lost-reply`: the request may or may not have been accepted.
 * - `task-failed`: the platform accepted the task and then reported that it failed.
 * - `consistency`: the snapshot exists but not with the consistency asked for.
 * - `timeout`: our deadline passed while the platform was still at work.
 * - `cancelled`: the user asked to stop.
 * - `protocol`: an answer that cannot be understood.
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

/** The facts an error is made of. No field may hold a header or a request body; known secrets in what a server said are replaced. */
export interface ErrorFacts {
  kind: ErrorKind;
  /** What was being done to which target: `create snapshot "r1" of VM "/DC0/vm/web"`. */
  operation: string;
  /** What the platform answered, in its own words, or what was found instead of an answer. */
  detail?: string;
  /** What the reader does next, as a sentence. @default the remedy in the adapter's words */
  hint?: string;
  /** What the reader does next, where that is a command of the tool that was run. */
  remedy?: Remedy;
  /** The platform's name for the failure: a vim25 fault type, an HTTP status, an API error code. */
  code?: string;
  /** The platform's id of the request, task or job, for its support desk. */
  requestId?: string;
  /** The id of a task that is still running or whose end nobody saw. */
  taskId?: string;
  cause?: unknown;
}

/**
 * The one error type of this project: every failure of the wire, of a driver or of a lifecycle is one of these. It is also the
 * one place where secrets are taken out of failures: of the message, of every field, and of the causes.
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
   * The same failure as part of a larger operation: what a driver reports about a call becomes a message about what
   * the user asked for.
   */
  during(operation: string): SnapstateError {
    return new SnapstateError({ ...this.facts(), operation });
  }

  private facts(): ErrorFacts {
    const { kind, operation, detail, hint, remedy, code, requestId, taskId, cause } = this;
    return { kind, operation, detail, hint, remedy, code, requestId, taskId, cause };
  }
}

/** Recognises the error by name, so that two copies of this package in one process still understand each other. */
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
 * What is kept of a foreign error: its message, its stack and its causes. Other properties (a server's fault, a
 * request, a socket) are dropped: they are printed with an error and nobody has redacted them.
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

/** For the `catch` of a removal: something already gone is a success; everything else is thrown on. */
export function ignoreNotFound(error: unknown): void {
  if (!isSnapstateError(error, "not-found")) throw error;
}
