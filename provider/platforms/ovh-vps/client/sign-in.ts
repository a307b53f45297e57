import { z } from "zod";
import { rememberSecret, SnapstateError } from "../../../core/errors";
import { detachedContext, type OperationContext, raceAbort } from "../../../core/operation";
import { HttpClient, type HttpRequest, type NetworkSettings, parseBody } from "../../shared/http";
import type { Access, Authentication } from "./access";
import { failureOf } from "./failure";
import { signature } from "./signature";

/** Milliseconds before its expiry from which a token is no longer used. */
const MARGIN = 10_000;

const NO_TOKEN = {
  detail: "the reply to the token request has no token",
  hint: "Check the connection's tokenUrl",
};

const tokenReply = z.object({ access_token: z.string().min(1), expires_in: z.number() });

type ServiceAccount = Extract<Authentication, { kind: "service-account" }>;

/** Makes the authentication headers of a request, with the API's time or a token. */
export class SignIn {
  private offset: Promise<number> | undefined;
  private token: Promise<{ value: string; end: number }> | undefined;
  private readonly tokens: HttpClient | undefined;

  constructor(
    private readonly access: Access,
    private readonly http: HttpClient,
    settings: NetworkSettings,
  ) {
    const { authentication: how } = access;
    if (how.kind !== "service-account") return;
    // The token comes from another host with another certificate.
    const { fingerprint, ...network } = settings;
    const same = new URL(how.tokenUrl).host === new URL(access.url).host;
    this.tokens = new HttpClient({
      ...network,
      ...(same ? { fingerprint } : {}),
      platform: "OVHcloud",
      endpoint: how.tokenUrl,
    });
  }

  async headers({ method, url = "", body = "" }: HttpRequest, call: OperationContext): Promise<Record<string, string>> {
    const { authentication: how } = this.access;
    if (how.kind === "token") return { Authorization: `Bearer ${how.token}` };
    if (how.kind === "service-account") return { Authorization: `Bearer ${await this.currentToken(how, call)}` };
    const time = Math.floor(Date.now() / 1000) + (await this.clockOffset(call));
    return {
      "X-Ovh-Application": how.key,
      "X-Ovh-Consumer": how.consumerKey,
      "X-Ovh-Timestamp": String(time),
      "X-Ovh-Signature": signature(how.secret, how.consumerKey, { method, url, body, time }),
    };
  }

  /** Called when the API refuses the credentials: renews time and token. @returns whether to retry */
  renew(): boolean {
    this.offset = undefined;
    this.token = undefined;
    return this.access.authentication.kind !== "token";
  }

  close(): void {
    this.tokens?.close();
  }

  /** Seconds by which the API's clock is ahead of this machine's. */
  private clockOffset(call: OperationContext): Promise<number> {
    this.offset ??= this.askTime(detachedContext(call)).catch((error: unknown) => {
      this.offset = undefined;
      throw error;
    });
    return raceAbort(call, this.offset);
  }

  private async askTime(call: OperationContext): Promise<number> {
    const reply = await this.http.send({ method: "GET", url: `${this.access.url}/auth/time` }, call);
    if (reply.status !== 200) throw failureOf(reply, call, "read");
    if (!/^\d+$/.test(reply.text.trim())) {
      throw new SnapstateError({
        kind: "protocol",
        operation: call.operation,
        detail: "the answer to /auth/time is not a time",
        hint: "Check the connection's endpoint",
      });
    }
    return Number(reply.text) - Math.floor(Date.now() / 1000);
  }

  private async currentToken(account: ServiceAccount, call: OperationContext): Promise<string> {
    const known = await this.token?.catch(() => undefined);
    if (known !== undefined && known.end > Date.now()) return known.value;
    if (known !== undefined) this.token = undefined;
    this.token ??= this.askToken(account, detachedContext(call)).catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return (await raceAbort(call, this.token)).value;
  }

  private async askToken(
    { clientId, clientSecret }: ServiceAccount,
    call: OperationContext,
  ): Promise<{ value: string; end: number }> {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: "all" };
    const reply = await (this.tokens as HttpClient).send(
      {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
        body: new URLSearchParams(form).toString(),
      },
      call,
    );
    if (reply.status === 400 || reply.status === 401) {
      throw new SnapstateError({
        kind: "auth",
        operation: call.operation,
        detail: "OVHcloud refuses a token for this service account",
        code: String(reply.status),
        hint: "Check clientId and clientSecret, and that the service account belongs to this endpoint's region",
      });
    }
    if (reply.status !== 200) throw failureOf(reply, call, "read");
    const { access_token, expires_in } = parseBody(tokenReply, reply.text, NO_TOKEN, call);
    rememberSecret(access_token);
    return { value: access_token, end: Date.now() + expires_in * 1000 - MARGIN };
  }
}
