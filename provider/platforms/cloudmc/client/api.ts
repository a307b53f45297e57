import type { ZodType } from "zod";
import { encodePart, isSnapstateError, rememberSecret, SnapstateError } from "../../../core/errors";
import { type OperationContext, retryAfter, throwIfAborted } from "../../../core/operation";
import {
  HttpClient,
  type HttpReply,
  type HttpRequest,
  parseBody,
  type RetryReadRules,
  retryRead,
} from "../../shared/http";
import type { CloudmcSettings } from "../settings";
import { failureOf } from "./failure";
import { listReply, oneReply, type TaskState, taskReply, taskStarted } from "./replies";

const AGAIN: RetryReadRules = {
  again: (error) => isSnapstateError(error, "unreachable", "lost-reply", "throttled"),
  hint: "CloudMC failed to answer several times; run again",
};

const NOT_DOCUMENTED = {
  detail: "the reply does not match CloudMC's documentation",
  hint: "Check the connection's endpoint and its profile",
};

/** An object as CloudMC returns it. */
export type Entity = Record<string, unknown>;

export interface Started {
  taskId: string;
  /** The new object's data, if CloudMC returns them with the task. */
  data?: Entity;
}

/**
 * CloudMC's API: `/services/:service/:environment/:entity` and `/tasks/:id`, JSON, one key in a header.
 * https://cloudops.github.io/cloudmc-api-docs/
 */
export class CloudmcApi {
  private readonly http: HttpClient;
  private readonly base: string;

  constructor(private readonly settings: CloudmcSettings) {
    rememberSecret(settings.apiKey);
    this.http = new HttpClient({ ...settings, platform: "CloudMC" });
    const { pathname } = new URL(settings.endpoint);
    this.base = pathname.replace(/\/$/, "");
  }

  /**
   * @throws SnapstateError `protocol` when the list is shorter than CloudMC's own count: omitted objects would appear
   * deleted
   */
  async list(entity: string, query: Record<string, string>, call: OperationContext): Promise<Entity[]> {
    const reply = await this.read(this.entityPath(entity), query, call);
    const { data, metadata } = parse(listReply, reply, call);
    if (metadata?.recordCount !== undefined && metadata.recordCount > data.length) {
      throw new SnapstateError({
        kind: "protocol",
        operation: call.operation,
        detail: `CloudMC lists ${data.length} of ${metadata.recordCount} ${entity}`,
        hint: "Run again. The state is unchanged",
      });
    }
    return data;
  }

  /** @throws SnapstateError `not-found` on CloudMC's explicit answer */
  async get(entity: string, id: string, call: OperationContext): Promise<Entity> {
    return parse(oneReply, await this.read(this.entityPath(entity, id), {}, call, entity), call).data;
  }

  /**
   * Sends a change once.
   *
   * @throws SnapstateError `lost-reply` if it is unknown whether it was carried out
   */
  async change(
    method: "POST" | "DELETE",
    path: { entity: string; id?: string; operation?: string },
    body: object | undefined,
    call: OperationContext,
  ): Promise<Started> {
    throwIfAborted(call);
    const query: Record<string, string> = path.operation === undefined ? {} : { operation: path.operation };
    const url = this.entityPath(path.entity, path.id);
    const reply = await this.send({ method, url, body: JSON.stringify(body ?? {}) }, query, call);
    if (reply.status !== 200) throw failureOf(reply, call, path.id === undefined ? undefined : path.entity);
    try {
      return parse(taskStarted, reply, call);
    } catch (error) {
      if (!isSnapstateError(error, "protocol")) throw error;
      throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail: "the reply names no task" });
    }
  }

  /** Undefined if CloudMC no longer has the task. It keeps tasks for about 30 minutes. */
  async task(id: string, call: OperationContext): Promise<TaskState | undefined> {
    try {
      return parse(taskReply, await this.read(`${this.base}/tasks/${encodePart(id)}`, {}, call, "tasks"), call);
    } catch (error) {
      if (isSnapstateError(error, "not-found")) return undefined;
      throw error;
    }
  }

  close(): void {
    this.http.close();
  }

  private entityPath(entity: string, id?: string): string {
    const { service, environment } = this.settings;
    const parts = ["services", service, environment, entity, ...(id === undefined ? [] : [id])];
    return `${this.base}/${parts.map(encodePart).join("/")}`;
  }

  /** Reads are retried on failures of the connection or the server. */
  private async read(
    url: string,
    query: Record<string, string>,
    call: OperationContext,
    one?: string,
  ): Promise<HttpReply> {
    let wait: number | undefined;
    const ask = async () => {
      throwIfAborted(call);
      wait = undefined;
      const reply = await this.send({ method: "GET", url }, query, call);
      if (reply.status === 200) return reply;
      wait = retryAfter(reply.retryAfter);
      throw failureOf(reply, call, one);
    };
    return retryRead(ask, { ...AGAIN, pause: () => wait }, call);
  }

  private send(request: HttpRequest, query: Record<string, string>, call: OperationContext): Promise<HttpReply> {
    const all = new URLSearchParams(query);
    if (this.settings.organizationId !== undefined) all.set("org_id", this.settings.organizationId);
    const url = new URL(request.url ?? "", this.settings.endpoint);
    url.search = all.toString();
    const headers = {
      "MC-Api-Key": this.settings.apiKey,
      Accept: "application/json",
      ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
    };
    return this.http.send({ ...request, url: url.toString(), headers }, call);
  }
}

function parse<T>(schema: ZodType<T>, reply: HttpReply, call: OperationContext): T {
  return parseBody(schema, reply.text, NOT_DOCUMENTED, call);
}
