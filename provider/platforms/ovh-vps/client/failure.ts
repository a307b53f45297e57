import { z } from "zod";
import { type ErrorKind, SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import type { HttpReply } from "../../shared/http";

const failureReply = z.object({
  message: z.string(),
  errorCode: z.string().optional(),
  class: z.string().optional(),
});

type ErrorBody = z.infer<typeof failureReply>;

/** Error codes about credentials, regardless of the status. */
const CREDENTIALS = ["NOT_CREDENTIAL", "INVALID_KEY", "INVALID_CREDENTIAL", "INVALID_SIGNATURE", "QUERY_TIME_OUT"];

/**
 * Converts an unsuccessful reply to an error.
 *
 * @param sent after a server error, it is unknown whether a `change` was carried out
 */
export function failureOf(reply: HttpReply, call: OperationContext, sent: "read" | "change"): SnapstateError {
  const body = parse(reply.text);
  const { kind, hint } = kindOf(reply.status, body, sent);
  return new SnapstateError({
    kind,
    operation: call.operation,
    detail: body?.message ?? `a reply with status ${reply.status} that is not from the API`,
    code: body?.errorCode ?? body?.class ?? String(reply.status),
    hint,
    requestId: queryId(reply),
  });
}

/** The request id, for OVHcloud's support. */
export function queryId(reply: HttpReply): string | undefined {
  return reply.headers["x-ovh-queryid"];
}

/** The refusal is about an expired time or token, which can be renewed; nothing was done. */
export function isStale(reply: HttpReply): boolean {
  const body = parse(reply.text);
  if (body === undefined) return false;
  // This error's code is not documented; its text has not changed for years.
  return body.errorCode === "QUERY_TIME_OUT" || body.message === "Query out of time" || reply.status === 401;
}

function kindOf(
  status: number,
  body: ErrorBody | undefined,
  sent: "read" | "change",
): { kind: ErrorKind; hint?: string } {
  if (status === 429) return { kind: "throttled" };
  if (status >= 500) {
    return sent === "read"
      ? { kind: "unreachable", hint: "The API failed several times; run again" }
      : { kind: "lost-reply", hint: "The API failed; it is unknown whether the change was made" };
  }
  if (body === undefined) return { kind: "protocol", hint: "Check the connection's endpoint" };
  if (CREDENTIALS.includes(body.errorCode ?? "") || body.message === "Query out of time" || status === 401) {
    return { kind: "auth", hint: "Check the connection's credentials and endpoint, and this machine's clock" };
  }
  // There is no code for it, so the text is matched.
  if (/There is already \d+ task/.test(body.message)) return { kind: "busy" };
  if (status === 403) {
    return {
      kind: "permission",
      hint: "Grant the call to the consumer key or the service account; see docs/platforms/ovh-vps.md",
    };
  }
  if (status === 404 && /invalid .*URL/i.test(body.message)) {
    return { kind: "protocol", hint: "Check the connection's endpoint: this API does not have the call" };
  }
  if (status === 404) return { kind: "not-found" };
  if (status === 409) return { kind: "conflict" };
  if (status === 460) return { kind: "conflict", hint: "The service or its option has expired: renew it" };
  if (status === 400) return { kind: "bad-input" };
  return { kind: "protocol" };
}

function parse(text: string): ErrorBody | undefined {
  try {
    const parsed = failureReply.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
