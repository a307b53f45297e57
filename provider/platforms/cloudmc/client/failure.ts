import { type ErrorKind, SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import type { HttpReply } from "../../shared/http";
import { type ApiError, failureReply } from "./replies";

/** Transient states: a refusal because of one is retried. */
const PASSING = /ing$|^allocated$/i;

/**
 * The error for an unsuccessful reply.
 *
 * @param entity the object that was requested by id, if any
 */
export function failureOf(reply: HttpReply, call: OperationContext, entity?: string): SnapstateError {
  const errors = errorsOf(reply.text);
  const [first] = errors ?? [];
  const message = errors?.map((error) => error.message ?? error.code ?? error.errorCode ?? "no words").join("; ");
  const { kind, hint } = kindOf(reply.status, first, entity);
  return new SnapstateError({
    kind,
    operation: call.operation,
    detail: message ?? `a reply with status ${reply.status} that is not from CloudMC`,
    code: first?.code ?? first?.errorCode ?? String(reply.status),
    hint,
    requestId: reply.headers["x-request-id"],
  });
}

function kindOf(status: number, error: ApiError | undefined, entity?: string): { kind: ErrorKind; hint?: string } {
  if (status === 429) return { kind: "throttled" };
  if (status === 401) return { kind: "auth", hint: "Check the connection's apiKey" };
  if (status === 403) {
    return { kind: "permission", hint: "Check the connection's apiKey and its user's rights in the environment" };
  }
  // Only CloudMC's own error about the requested object proves absence; gateways return 404 too.
  if (status === 404 && error !== undefined && entity !== undefined) return { kind: "not-found" };
  if (status === 404) {
    return { kind: "protocol", hint: "Check the connection's endpoint, service, environment and profile" };
  }
  if (status === 405) return { kind: "unsupported", hint: "Adjust the connection's profile to this CloudMC" };
  if (status === 400 && error !== undefined) {
    const state = error.context?.currentState;
    if (state !== undefined) return PASSING.test(state) ? { kind: "busy" } : { kind: "conflict" };
    if (/quota|limit/i.test(error.message ?? "")) {
      return { kind: "quota", hint: "Delete snapshots that are no longer needed, or request a higher quota" };
    }
    return { kind: "bad-input" };
  }
  if (status >= 500) return { kind: "lost-reply", hint: "CloudMC failed; it is unknown whether the change was made" };
  return { kind: "protocol" };
}

function errorsOf(text: string): ApiError[] | undefined {
  try {
    const parsed = failureReply.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.errors : undefined;
  } catch {
    return undefined;
  }
}
