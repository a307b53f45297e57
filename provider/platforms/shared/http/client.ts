import type http from "node:http";
import { Semaphore } from "async-mutex";
import type { AxiosAdapter, AxiosError, GenericAbortSignal, InternalAxiosRequestConfig } from "axios";
import { IN_FLIGHT, SnapstateError } from "../../../core/errors";
import { type OperationContext, throwIfAborted, traced } from "../../../core/operation";
import { agentFor, NotSentError } from "./agent";
import type { Endpoint } from "./settings";
import { hintFor } from "./trust";

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** A path below the endpoint, or a URL of the same host. @default the endpoint itself */
  url?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The platform's name of the operation, for traces. @default method and path */
  operation?: string;
}

/** An unparsed reply. */
export interface HttpReply {
  status: number;
  /** The reason phrase of the status line, where some servers give the reason. */
  statusText: string;
  text: string;
  /** By lower-case names; multiple values are joined by a comma. */
  headers: Record<string, string>;
  retryAfter: string | undefined;
  cookies: string[];
}

/** Maximum bytes of a reply or request; more is an attack or a mistake. */
export const MAX_BODY = 256 * 1024 * 1024;

const HEADERS = { Accept: "application/json, text/plain, */*" };

const OPTIONS = Object.freeze({
  // The agent handles the proxy; axios would read the environment again and use plain HTTP.
  proxy: false,
  responseType: "text",
  decompress: true,
  // The caller decides which statuses are failures: vCenter returns faults with 500.
  validateStatus: () => true,
  maxRedirects: 0,
  maxContentLength: MAX_BODY,
  maxBodyLength: MAX_BODY,
});

/** What axios needs of an abort signal. One of Node's own for each request takes more processor time. */
class Ending implements GenericAbortSignal {
  aborted = false;
  private readonly listeners = new Set<(...all: unknown[]) => unknown>();

  addEventListener(_type: string, listener: (...all: unknown[]) => unknown): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: string, listener: (...all: unknown[]) => unknown): void {
    this.listeners.delete(listener);
  }

  abort(): void {
    this.aborted = true;
    for (const listener of this.listeners) listener();
  }
}

/**
 * Sends one request once and returns the reply, whatever its status. Every failure is a {@link SnapstateError} without
 * request or headers: `unreachable` if the request was not accepted, `lost-reply` if that is unknown.
 */
export class HttpClient {
  private adapter: Promise<AxiosAdapter> | undefined;
  private readonly host: string;
  private readonly agent: http.Agent;
  private readonly slots: Semaphore;

  /** @throws SnapstateError `bad-input` for a CA file that cannot be read, a proxy that is no URL, or plain HTTP to another machine. */
  constructor(private readonly endpoint: Endpoint) {
    this.agent = agentFor(endpoint, process.env);
    this.host = new URL(endpoint.endpoint).host;
    this.slots = new Semaphore(endpoint.concurrency);
  }

  /**
   * Queues a request, first in, first out, while the connection's maximum is in flight. The wait does not count as
   * request time: a request that times out counts as sent.
   *
   * @param request or a function that makes it when its turn comes, since signatures and cookies expire
   * @throws SnapstateError `timeout` or `cancelled` when the call ends before its turn: nothing was sent
   */
  send(request: HttpRequest | (() => HttpRequest), call: OperationContext): Promise<HttpReply> {
    return this.slots.runExclusive(async () => {
      throwIfAborted(call);
      const made = typeof request === "function" ? request() : request;
      // Without the query, which may contain a key or a signature.
      const [path = ""] = (made.url ?? "").split("?");
      const operation = made.operation ?? `${made.method} ${path}`;
      const what = { where: this.host, operation, purpose: call.operation };
      return traced(
        what,
        () => this.sendNow(made, call),
        (reply) => String(reply.status),
      );
    });
  }

  /** axios is loaded with the first request: a process that serves a schema or checks inputs sends none. */
  private async open(): Promise<AxiosAdapter> {
    const { default: axios } = await import("axios");
    // Its adapter alone: interceptors and merged defaults, which are not used here, cost as much as the request.
    return axios.getAdapter("http");
  }

  private async sendNow(
    { method, url = "", headers = {}, body }: HttpRequest,
    call: OperationContext,
  ): Promise<HttpReply> {
    this.adapter ??= this.open();
    const request = await this.adapter;
    const limit = this.endpoint.requestTimeout;
    const timeout = Math.min(limit, call.deadline.left);
    // axios' own timeout counts silence only: a server that sends a byte now and then would never time out.
    const end = new Ending();
    const stop = () => end.abort();
    const expires = performance.now() + limit;
    let timer: NodeJS.Timeout | undefined;
    // A timer may fire early. If the deadline ended the request, the call must have expired too; otherwise it would be
    // reported as a server that does not answer.
    const stopWhenLate = () => {
      const left = Math.min(expires - performance.now(), call.deadline.left);
      if (left <= 0) stop();
      else timer = setTimeout(stopWhenLate, Math.ceil(left));
    };
    stopWhenLate();
    call.signal.addEventListener("abort", stop, { once: true });
    if (call.signal.aborted) stop();
    try {
      const own = { baseURL: this.endpoint.endpoint, httpAgent: this.agent, httpsAgent: this.agent };
      const config = { ...OPTIONS, ...own, method, url, data: body, headers: { ...HEADERS, ...headers }, signal: end };
      // The headers become its own type in the adapter.
      const response = await request(config as unknown as InternalAxiosRequestConfig);
      const received: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) received[name.toLowerCase()] = String(value);
      return {
        status: response.status,
        statusText: response.statusText ?? "",
        text: response.data ?? "",
        headers: received,
        retryAfter: received["retry-after"],
        cookies: response.headers["set-cookie"] ?? [],
      };
    } catch (error) {
      throw this.failure(error, call, end.aborted ? timeout : undefined);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", stop);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** An AxiosError contains headers and body, so it is never passed on, not even as a cause. */
  private failure(error: unknown, call: OperationContext, timedOut: number | undefined): SnapstateError {
    const { host } = this;
    const operation = call.operation;
    if (call.signal.aborted) {
      const detail = "cancelled while waiting for an answer";
      return new SnapstateError({ kind: "cancelled", operation, detail, code: IN_FLIGHT });
    }
    if (timedOut !== undefined) {
      const detail = `no answer from ${host} in ${Number((timedOut / 1000).toFixed(1))} seconds`;
      return new SnapstateError({ kind: "lost-reply", operation, detail, code: "ETIMEDOUT" });
    }
    const known = error as AxiosError | undefined;
    const cause = known?.isAxiosError ? known.cause : error;
    const code = String((known?.isAxiosError ? known.code : undefined) ?? (cause as { code?: unknown })?.code ?? "");
    const why = error instanceof Error ? error.message : String(error);
    if (NOT_SENT.has(code) || cause instanceof NotSentError) {
      const detail = `no connection to ${host}: ${why}`;
      return new SnapstateError({ kind: "unreachable", operation, detail, code, hint: hintFor(code) });
    }
    return new SnapstateError({ kind: "lost-reply", operation, detail: `no answer from ${host}: ${why}`, code });
  }
}

const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNTIMEOUT",
  "ECONNCLOSED",
  "EFINGERPRINT",
  "EPROXY",
]);
