import { createHash, randomBytes } from "node:crypto";
import type { SimulatedRequest } from "../http-simulator";
import { Refusal } from "./refusal";

/** A call that a consumer key or a service account is allowed; `*` in the path matches any text. */
export interface AccessRule {
  method: string;
  path: string;
}

export interface SimulatedCredentials {
  account: string;
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  clientId: string;
  clientSecret: string;
  /** Allowed calls. @default all */
  rules: AccessRule[];
  /** Seconds by which the simulated clock is ahead. @default 0 */
  clockAhead: number;
  /** Lifetime of an OAuth2 token in seconds. @default 3599 */
  tokenLife: number;
}

/** Tolerance of a signature's time in seconds. The real value is undocumented. */
const TOLERANCE = 180;

/** Authenticates callers: a signed application key with a consumer key, or a service account's token. */
export class Credentials {
  private readonly tokens = new Map<string, number>();

  constructor(readonly known: SimulatedCredentials) {}

  /** The API's clock in seconds. */
  now(): number {
    return Math.floor(Date.now() / 1000) + this.known.clockAhead;
  }

  /** @param path path below the version, as in the rules */
  verify(request: SimulatedRequest, url: string, path: string): void {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (bearer === undefined) this.verifySignature(request, url);
    else if ((this.tokens.get(bearer) ?? 0) < Date.now()) {
      throw new Refusal(401, "The access token is invalid or has expired", "INVALID_CREDENTIAL");
    }
    const granted = this.known.rules.some((rule) => rule.method === request.method && fits(rule.path, path));
    if (!granted) throw new Refusal(403, "This call has not been granted", "NOT_GRANTED_CALL");
  }

  /** The token endpoint's reply to a client credentials grant. */
  token(request: SimulatedRequest): { status: number; body: object } {
    const form = new URLSearchParams(request.body);
    const { clientId, clientSecret, tokenLife } = this.known;
    const isForm = /^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "");
    if (request.method !== "POST" || !isForm) return { status: 400, body: { error: "invalid_request" } };
    if (form.get("grant_type") !== "client_credentials") {
      return { status: 400, body: { error: "unsupported_grant_type" } };
    }
    if (form.get("scope") !== "all") return { status: 400, body: { error: "invalid_scope" } };
    if (form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret) {
      return { status: 401, body: { error: "invalid_client", error_description: "client is not known" } };
    }
    const token = randomBytes(24).toString("base64url");
    this.tokens.set(token, Date.now() + tokenLife * 1000);
    return {
      status: 200,
      body: { access_token: token, token_type: "Bearer", expires_in: tokenLife, scope: "all" },
    };
  }

  private verifySignature({ method, headers, body }: SimulatedRequest, url: string): void {
    const { applicationKey, applicationSecret, consumerKey } = this.known;
    const one = (name: string) => String(headers[name] ?? "");
    if (one("x-ovh-application") === "") {
      throw new Refusal(401, "You must login first", "NOT_CREDENTIAL");
    }
    if (one("x-ovh-application") !== applicationKey) {
      throw new Refusal(403, "This application key is invalid", "INVALID_KEY");
    }
    if (one("x-ovh-consumer") !== consumerKey) {
      throw new Refusal(403, "This credential does not exist", "INVALID_CREDENTIAL");
    }
    const time = one("x-ovh-timestamp");
    if (!/^\d+$/.test(time) || Math.abs(Number(time) - this.now()) > TOLERANCE) {
      throw new Refusal(400, "Query out of time", "QUERY_TIME_OUT");
    }
    const text = [applicationSecret, consumerKey, method, url, body, time].join("+");
    if (one("x-ovh-signature") !== `$1$${createHash("sha1").update(text).digest("hex")}`) {
      throw new Refusal(400, "Invalid signature", "INVALID_SIGNATURE");
    }
  }
}

function fits(pattern: string, path: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(path);
}
