import type { ZodType } from "zod";
import { encodePart, isSnapstateError, SnapstateError } from "../../../core/errors";
import { backoff, type OperationContext, pause as pauseFor, retryAfter, throwIfAborted } from "../../../core/operation";
import {
  HttpClient,
  type HttpReply,
  type HttpRequest,
  parseBody,
  READ_TRIES,
  type RetryReadRules,
  retryRead,
} from "../../shared/http";
import type { OvhVpsSettings } from "../settings";
import type { Access } from "./access";
import { failureOf, isStale, queryId } from "./failure";
import { SignIn } from "./sign-in";

const AGAIN: RetryReadRules = {
  again: (error) => isSnapstateError(error, "unreachable", "lost-reply"),
  hint: "The API failed to answer several times; run again",
};

/** The pause after a 429 without Retry-After. OVHcloud's staff mention 60 requests per minute. */
const RATE_LIMIT_BACKOFF = { first: 5000, max: 30_000 };

/** A path below the API's version: values are encoded. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodePart));
}

/** OVHcloud's API: one URL, JSON, signed requests or a token. */
export class OvhApi {
  private readonly http: HttpClient;
  private readonly signIn: SignIn;

  constructor(
    readonly access: Access,
    settings: OvhVpsSettings,
  ) {
    this.http = new HttpClient({ ...settings, platform: "OVHcloud", endpoint: access.url });
    this.signIn = new SignIn(access, this.http, settings);
  }

  /** @throws SnapstateError `not-found` on the API's explicit answer */
  async get<T>(
    where: string,
    shape: ZodType<T>,
    call: OperationContext,
    query: Record<string, string> = {},
  ): Promise<T> {
    const search = new URLSearchParams(query).toString();
    const request = { method: "GET", url: this.url(search === "" ? where : `${where}?${search}`) } as const;
    const ask = async () => {
      const reply = await this.send(request, call);
      if (reply.status >= 200 && reply.status < 300) return parse(reply, shape, call);
      throw failureOf(reply, call, "read");
    };
    return retryRead(ask, AGAIN, call);
  }

  /**
   * Sends a change once.
   *
   * @throws SnapstateError `lost-reply` if it is unknown whether it was carried out
   */
  async change<T>(
    method: "POST" | "PUT" | "DELETE",
    where: string,
    body: object | undefined,
    shape: ZodType<T>,
    call: OperationContext,
  ): Promise<T> {
    throwIfAborted(call);
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await this.send({ method, url: this.url(where), ...text }, call);
    if (reply.status < 200 || reply.status >= 300) throw failureOf(reply, call, "change");
    try {
      return parse(reply, shape, call);
    } catch (error) {
      if (!isSnapstateError(error, "protocol")) throw error;
      const { operation, detail, requestId } = error;
      throw new SnapstateError({ kind: "lost-reply", operation, detail, requestId });
    }
  }

  close(): void {
    this.signIn.close();
    this.http.close();
  }

  private url(where: string): string {
    // As axios will send it, since the signature covers the exact text.
    return new URL(`${this.access.url}${where}`).toString();
  }

  /** Retries only what the API did not process: too many requests, or an expired time or token. */
  private async send(request: HttpRequest, call: OperationContext): Promise<HttpReply> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(call);
      const headers = {
        ...(await this.signIn.headers(request, call)),
        Accept: "application/json",
        ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
      };
      const reply = await this.http.send({ ...request, headers }, call);
      if (reply.status === 429 && attempt < READ_TRIES) {
        const pause = retryAfter(reply.retryAfter) ?? backoff(attempt, RATE_LIMIT_BACKOFF);
        if (pause >= call.deadline.left) return reply;
        call.report({ message: "OVHcloud limits requests; waiting" });
        await pauseFor(pause, call);
      } else if (isStale(reply) && !renewed && this.signIn.renew()) {
        renewed = true;
      } else return reply;
    }
  }
}

function parse<T>(reply: HttpReply, shape: ZodType<T>, call: OperationContext): T {
  const words = { detail: "the reply does not match OVHcloud's schema", hint: "Check the connection's endpoint" };
  return parseBody(shape, reply.text, { ...words, requestId: queryId(reply) }, call);
}
