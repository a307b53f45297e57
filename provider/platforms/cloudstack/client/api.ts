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
  hint: "CloudStack did not answer well, several times; run again",
};
/** Lifetime of a signature in milliseconds. Servers may refuse more than 15 minutes. */
const SIGNATURE_LIFETIME_MS = 8 * 60_000;
/**
 * Pauses in milliseconds before each query for a job whose start was not confirmed: a server may be slow to accept a
 * request.
 */
const UNSEEN_JOB_PAUSES = [200, 800, 2000] as const;

export interface Started {
  jobId: string;
  /** Id of the object being created, when the reply arrived and there is one. */
  id?: string;
}

/**
 * CloudStack's API: one address, signed forms, and an envelope around each answer. Everything is sent by POST, reads
 * included, so that no key or signature gets into a proxy's log.
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
   * Makes a read-only call: it is retried when the connection or the server fails.
   *
   * @throws CloudStackFailure for the server's refusal, SnapstateError for everything else
   */
  async read(command: string, parameters: Parameters, call: OperationContext): Promise<Entity> {
    return retryRead(() => this.send(command, parameters, call), RETRY_RULES, call);
  }

  /**
   * Sends a change, once, under a job id of our own: when the answer does not come, the job is asked for and the change is
   * never sent again. A second create under one id would leave a row that nobody can delete.
   * @throws CloudStackFailure for the server's refusal
   * @throws SnapstateError `lost-reply` when the server knows no such job, which it may yet take up
   */
  async start(command: string, parameters: Parameters, call: OperationContext): Promise<Started> {
    const jobId = randomUUID();
    try {
      const reply = startedReply.safeParse(await this.send(command, { ...parameters, customjobid: jobId }, call));
      if (reply.success) return { jobId: reply.data.jobid, id: reply.data.id };
      throw lostReply(call, "the answer names no job");
    } catch (error) {
      if (!isSnapstateError(error, "lost-reply")) throw error;
      if (await this.wasTakenUp(jobId, call)) return { jobId };
      throw error;
    }
  }

  /** Sends a synchronous change, once. */
  change(command: string, parameters: Parameters, call: OperationContext): Promise<Entity> {
    return this.send(command, parameters, call);
  }

  /** Undefined when the server has no such job; it keeps jobs for a day. */
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
        // Unknown, which the caller is told.
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
      // A gateway's answer, or half of one: the server behind it may have acted.
      throw lostReply(call, `an answer with status ${reply.status} that is not CloudStack's`, String(reply.status));
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
    detail: `the answer to ${command} is not what CloudStack gives`,
    code: status === undefined ? undefined : String(status),
    hint: "Check the connection's endpoint: it ends in /client/api",
  });
}
