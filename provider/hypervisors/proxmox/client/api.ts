import type { ZodType } from "zod";
import { encodePart, isSnapstateError, SnapstateError } from "../../../errors";
import { HttpClient, type HttpReply, type HttpRequest, type ReadAgain, readAgain } from "../../../http";
import { type Call, retryAfter, throwIfOver } from "../../../waiting";
import type { ProxmoxSettings } from "../settings";
import { failureOf } from "./failure";
import { upidReply } from "./replies";
import { Credentials } from "./ticket";

const AGAIN: ReadAgain = {
  again: (error) => isSnapstateError(error, "unreachable", "lost-reply", "throttled", "busy"),
  hint: "Proxmox VE did not answer well, several times; run again",
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

  /** Reads are tried again when the connection, the node or its lock fails. */
  async get<T>(where: string, query: Parameters, schema: ZodType<T>, call: Call): Promise<T> {
    let asked: number | undefined;
    const ask = async () => {
      throwIfOver(call);
      asked = undefined;
      const reply = await this.send({ method: "GET", url: `${where}${searchOf(query)}` }, call);
      if (reply.status === 200) return reply;
      asked = retryAfter(reply.retryAfter);
      throw failureOf(reply, call);
    };
    return parse(schema, await readAgain(ask, { ...AGAIN, pause: () => asked }, call), call);
  }

  /** Starts a task, sent once. @returns its UPID. @throws SnapstateError `lost-reply` when nobody knows whether it was started */
  async start(method: "POST" | "DELETE", where: string, parameters: Parameters, call: Call): Promise<string> {
    const reply = await this.change(method, where, parameters, call);
    try {
      return parse(upidReply, reply, call);
    } catch (error) {
      if (!isSnapstateError(error, "protocol")) throw error;
      throw new SnapstateError({ kind: "lost-reply", doing: call.doing, answered: "the answer names no task" });
    }
  }

  /** Sends a change, once. */
  async change(method: HttpRequest["method"], where: string, parameters: Parameters, call: Call): Promise<HttpReply> {
    throwIfOver(call);
    // A body on a DELETE is refused.
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

  private async send(request: HttpRequest, call: Call): Promise<HttpReply> {
    const isChange = request.method !== "GET";
    for (let attempt = 1; ; attempt++) {
      const headers = {
        ...(await this.credentials.headers(isChange, call)),
        Accept: "application/json",
        ...(request.body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" }),
      };
      const reply = await this.http.send({ ...request, url: `${this.base}${request.url}`, headers }, call);
      // Whoever is refused with 401 was not known, so that nothing was done: a new ticket and one more try.
      if (reply.status !== 401 || attempt === 2 || !this.credentials.renew()) return reply;
      throwIfOver(call);
    }
  }
}

function searchOf(parameters: Parameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

function parse<T>(schema: ZodType<T>, reply: HttpReply, call: Call): T {
  try {
    return schema.parse((JSON.parse(reply.text) as { data?: unknown }).data);
  } catch {
    throw new SnapstateError({
      kind: "protocol",
      doing: call.doing,
      answered: "the answer is not what Proxmox VE's documents show",
      hint: "Check the connection's endpoint",
    });
  }
}
