import { randomUUID } from "node:crypto";
import { isSnapstateError, rememberSecret, SnapstateError } from "../../../core/errors";
import { type OperationContext, pause as pauseFor, retryAfter } from "../../../core/operation";
import { HttpClient, type RetryReadRules, retryRead } from "../../shared/http";
import type { CloudStackSettings } from "../settings";
import { CloudStackFailure } from "./failure";
import { type Entity, failureIn, type Job, jobReply, startedReply, unwrap } from "./replies";
import { type Parameters, signedForm } from "./signing";

const RETRY_RULES: RetryReadRules = {
  again: mayAskAgain,
  pause: (error) => (error instanceof CloudStackFailure ? error.retryAfter : undefined),
  hint: "CloudStack failed to answer several times; run again",
};
/** Validity of a signature in milliseconds. Servers may refuse more than 15 minutes. */
const SIGNATURE_LIFETIME_MS = 8 * 60_000;
/**
 * Pauses in milliseconds before each query for a job whose start was not confirmed, since a server may accept a request
 * late.
 */
const UNSEEN_JOB_PAUSES = [200, 800, 2000] as const;

export interface Started {
  jobId: string;
  /** Id of the object being created, if the reply arrived and has one. */
  id?: string;
}

/**
 * CloudStack's API: one URL, signed forms, and an envelope around each reply. Everything, reads included, is sent by
 * POST, so that no key or signature appears in a proxy's log.
 * https://docs.cloudstack.apache.org/en/latest/developersguide/dev.html
 */
export class CloudStackApi {
  private readonly http: HttpClient;

  constructor(private readonly settings: CloudStackSettings) {
    rememberSecret(settings.apiKey);
    rememberSecret(settings.secretKey);
    this.http = new HttpClient({ ...settings, platform: "CloudStack" });
  }

  /**
   * Makes a read: it is retried on failures of the connection or the server.
   *
   * @throws CloudStackFailure for the server's refusal, SnapstateError otherwise
   */
  async read(command: string, parameters: Parameters, call: OperationContext): Promise<Entity> {
    return retryRead(() => this.send(command, parameters, call), RETRY_RULES, call);
  }

  /**
   * Sends a change once, with a job id of our own: without a reply the job is queried, and the change is never re-sent.
   * A second create with the same id would leave a row that cannot be deleted.
   * @throws CloudStackFailure for the server's refusal
   * @throws SnapstateError `lost-reply` when the server has no such job yet
   */
  async start(command: string, parameters: Parameters, call: OperationContext): Promise<Started> {
    const jobId = randomUUID();
    try {
      const reply = startedReply.safeParse(await this.send(command, { ...parameters, customjobid: jobId }, call));
      if (reply.success) return { jobId: reply.data.jobid, id: reply.data.id };
      throw lostReply(call, "the reply names no job");
    } catch (error) {
      if (!isSnapstateError(error, "lost-reply")) throw error;
      if (await this.wasTakenUp(jobId, call)) return { jobId };
      throw error;
    }
  }

  /** Sends a synchronous change once. */
  change(command: string, parameters: Parameters, call: OperationContext): Promise<Entity> {
    return this.send(command, parameters, call);
  }

  /** Undefined if the server has no such job; it keeps jobs for a day. */
  async job(id: string, call: OperationContext): Promise<Job | undefined> {
    try {
      const reply = jobReply.safeParse(await this.read("queryAsyncJobResult", { jobid: id }, call));
      if (reply.success) return reply.data;
      throw notUnderstood(call, "queryAsyncJobResult");
    } catch (error) {
      if (error instanceof CloudStackFailure && error.code === 431) return undefined;
      throw error;
    }
  }

  close(): void {
    this.http.close();
  }

  private async wasTakenUp(jobId: string, call: OperationContext): Promise<boolean> {
    for (const pause of UNSEEN_JOB_PAUSES) {
      await pauseFor(pause, call);
      if (call.signal.aborted || call.deadline.passed) return false;
      try {
        if ((await this.job(jobId, call)) !== undefined) return true;
      } catch {
        // Unknown: the caller gets `lost-reply`.
        return false;
      }
    }
    return false;
  }

  private async send(command: string, parameters: Parameters, call: OperationContext): Promise<Entity> {
    const request = () => {
      const expires = new Date(Date.now() + SIGNATURE_LIFETIME_MS).toISOString().replace(/\.\d+Z$/, "+0000");
      const form = {
        ...parameters,
        command,
        response: "json",
        apikey: this.settings.apiKey,
        signatureversion: "3",
        expires,
      };
      const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
      const body = signedForm(form, this.settings.secretKey);
      return { method: "POST", headers, body, operation: command } as const;
    };
    const reply = await this.http.send(request, call);
    const body = unwrap(reply.text);
    if (reply.status === 200 && body !== undefined) return body;
    const failure = body && failureIn(body);
    if (failure !== undefined) {
      throw new CloudStackFailure(command, failure.code, failure.text, undefined, retryAfter(reply.retryAfter));
    }
    if (reply.status === 200 || reply.status >= 500) {
      // A gateway's reply or a partial one: the server behind it may have acted.
      throw lostReply(call, `a reply with status ${reply.status} that is not from CloudStack`, String(reply.status));
    }
    if (reply.status === 429) {
      throw new CloudStackFailure(command, 429, "too many requests", undefined, retryAfter(reply.retryAfter));
    }
    throw notUnderstood(call, command, reply.status);
  }
}

function mayAskAgain(error: unknown): boolean {
  if (error instanceof CloudStackFailure) return error.code === 429;
  return isSnapstateError(error, "unreachable", "lost-reply");
}

function lostReply(call: OperationContext, detail: string, code?: string): SnapstateError {
  return new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, code });
}

function notUnderstood(call: OperationContext, command: string, status?: number): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    operation: call.operation,
    detail: `the reply to ${command} is not valid for CloudStack`,
    code: status === undefined ? undefined : String(status),
    hint: "Check the connection's endpoint: it must end in /client/api",
  });
}
