import { createHmac } from "node:crypto";
import { request } from "node:http";

/*
 * A client that shares no code with the drivers or the simulator, to check both against the same wire format. It builds
 * the signed text in its own way: byte by byte.
 */

export interface RawReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The JSON body, or the text if it is not JSON. */
  body: unknown;
}

export interface RawCall {
  endpoint: string;
  apiKey: string;
  secretKey: string;
  method?: "GET" | "POST";
  /** A signature to send instead of the computed one. */
  signature?: string;
  /** Sorts names case-insensitively, as some clients do. */
  sortIgnoresCase?: boolean;
  /** Replaces the correct encoding of values in the signed text. */
  encode?: (value: string) => string;
  /** Milliseconds from now, or a text; null omits version 3. @default 600000 */
  expires?: number | string | null;
}

export async function rawCall(call: RawCall, parameters: Record<string, string>): Promise<RawReply> {
  const all: Record<string, string> = { apikey: call.apiKey, response: "json", ...parameters };
  const { expires = 600_000 } = call;
  if (expires !== null) {
    all.signatureversion = "3";
    all.expires = typeof expires === "string" ? expires : inFuture(expires);
  }
  all.signature = call.signature ?? sign(all, call);
  const form = Object.entries(all)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  const method = call.method ?? "POST";
  return send(call.endpoint, method, form);
}

function sign(parameters: Record<string, string>, call: RawCall): string {
  const names = Object.keys(parameters);
  if (call.sortIgnoresCase) names.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  else names.sort();
  const encode = call.encode ?? percentEncode;
  const text = names.map((name) => `${name}=${encode(parameters[name] as string)}`).join("&");
  return createHmac("sha1", call.secretKey).update(text.toLowerCase()).digest("base64");
}

function percentEncode(value: string): string {
  return [...Buffer.from(value, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._*-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

function inFuture(milliseconds: number): string {
  return `${new Date(Date.now() + milliseconds).toISOString().slice(0, 19)}+0000`;
}

function send(endpoint: string, method: "GET" | "POST", form: string): Promise<RawReply> {
  const url = new URL(endpoint);
  if (method === "GET") url.search = form;
  return new Promise((resolve, reject) => {
    const headers = method === "POST" ? { "Content-Type": "application/x-www-form-urlencoded" } : {};
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(text) }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(method === "POST" ? form : undefined);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
