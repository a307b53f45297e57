import type { ZodType } from "zod";
import { encodePart, isSnapstateError, SnapstateError } from "../../../core/errors";
import { type OperationContext, retryAfter, throwIfAborted } from "../../../core/operation";
import { HttpClient, type HttpReply, type HttpRequest, type RetryReadRules, retryRead } from "../../shared/http";
import type { ProxmoxSettings } from "../settings";
import { failureOf } from "./failure";
import { upidReply } from "./replies";
import { Credentials } from "./ticket";

const AGAIN: RetryReadRules = {
  again: (error) => isSnapstateError(error, "unreachable", "lost-reply", "throttled", "busy"),
  hint: "Proxmox VE failed to answer several times; run again",
};

type Parameters = Record<string, string | undefined>;

/** A path below the API's root, each part encoded. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodePart(String(value))));
}

/** Proxmox VE's API over JSON. https://pve.proxmox.com/pve-docs/api-viewer/ */
export class ProxmoxApi {
  private readonly http: HttpClient;
  private readonly credentials: Credentials;
  private readonly base: string;

  constructor(settings: ProxmoxSettings) {
    this.http = new HttpClient({ ...settings, platform: "Proxmox VE" });
    this.credentials = new Credentials(settings, this.http);
    this.base = settings.endpoint.replace(/\/$/, "");
  }

  /** Reads are retried on failures of the connection, the node or its lock. */
  async get<T>(where: string, query: Parameters, schema: ZodType<T>, call: OperationContext): Promise<T> {
    let wait: number | undefined;
    const ask = async () => {
      throwIfAborted(call);
      wait = undefined;
      const reply = await this.send({ method: "GET", url: `${where}${searchOf(query)}` }, call);
      if (reply.status === 200) return reply;
      wait = retryAfter(reply.retryAfter);
      throw failureOf(reply, call);
    };
    return parse(schema, await retryRead(ask, { ...AGAIN, pause: () => wait }, call), call);
  }

  /**
   * Starts a task; sent once.
   *
   * @returns its UPID.
   * @throws SnapstateError `lost-reply` if it is unknown whether it was started
   */
  async start(
    method: "POST" | "DELETE",
    where: string,
    parameters: Parameters,
    call: OperationContext,
  ): Promise<string> {
    const reply = await this.change(method, where, parameters, call);
    try {
      return parse(upidReply, reply, call);
    } catch (error) {
      if (!isSnapstateError(error, "protocol")) throw error;
      throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail: "the reply names no task" });
    }
  }

  /** Sends a change once. */
  async change(
    method: HttpRequest["method"],
    where: string,
    parameters: Parameters,
    call: OperationContext,
  ): Promise<HttpReply> {
    throwIfAborted(call);
    // Proxmox VE refuses a body on DELETE.
    const inQuery = method === "DELETE";
    const form = searchOf(parameters).slice(1);
    const reply = await this.send(
      { method, url: inQuery ? `${where}${searchOf(parameters)}` : where, ...(inQuery ? {} : { body: form }) },
      call,
    );
    if (reply.status !== 200) throw failureOf(reply, call);
    return reply;
  }

  close(): void {
    this.http.close();
  }

  private async send(request: HttpRequest, call: OperationContext): Promise<HttpReply> {
    const isChange = request.method !== "GET";
    for (let attempt = 1; ; attempt++) {
      const headers = {
        ...(await this.credentials.headers(isChange, call)),
        Accept: "application/json",
        ...(request.body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" }),
      };
      const reply = await this.http.send({ ...request, url: `${this.base}${request.url}`, headers }, call);
      // A 401 proves that nothing was done: get a new ticket and retry once.
      if (reply.status !== 401 || attempt === 2 || !this.credentials.renew()) return reply;
      throwIfAborted(call);
    }
  }
}

function searchOf(parameters: Parameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

function parse<T>(schema: ZodType<T>, reply: HttpReply, call: OperationContext): T {
  try {
    return schema.parse((JSON.parse(reply.text) as { data?: unknown }).data);
  } catch {
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: "the reply does not match Proxmox VE's documentation",
      hint: "Check the connection's endpoint",
    });
  }
}
