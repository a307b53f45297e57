import { rememberSecret, SnapstateError } from "../../../core/errors";
import { detachedContext, type OperationContext, raceAbort } from "../../../core/operation";
import type { HttpClient } from "../../shared/http";
import type { ProxmoxSettings } from "../settings";
import { failureOf } from "./failure";
import { ticketReply } from "./replies";

/** Tickets are valid for two hours. */
const TICKET_LIFETIME_MS = 90 * 60_000;

interface Ticket {
  headers: Record<string, string>;
  csrf: string;
  until: number;
}

/** Makes the authentication headers of a request. */
export class Credentials {
  private ticket: Promise<Ticket> | undefined;

  /** @throws SnapstateError `bad-input` when there is neither a token nor a user and password, or both */
  constructor(
    private readonly settings: ProxmoxSettings,
    private readonly http: HttpClient,
  ) {
    const { apiToken, username, password } = settings;
    for (const secret of [apiToken, apiToken?.slice(apiToken.indexOf("=") + 1), password]) {
      if (secret !== undefined) rememberSecret(secret);
    }
    const withUser = username !== undefined && password !== undefined;
    const partly = username !== undefined || password !== undefined;
    if (apiToken === undefined ? withUser : !partly) return;
    throw new SnapstateError({
      kind: "bad-input",
      operation: "read the Proxmox VE connection",
      detail: apiToken === undefined ? "it has no credentials" : "it has a token and a user's name or password",
      hint: "Set either apiToken, or username and password",
    });
  }

  async headers(isChange: boolean, call: OperationContext): Promise<Record<string, string>> {
    const { apiToken } = this.settings;
    if (apiToken !== undefined) return { Authorization: `PVEAPIToken=${apiToken}` };
    const { headers, csrf } = await this.current(call);
    return isChange ? { ...headers, CSRFPreventionToken: csrf } : headers;
  }

  /** Called when a request is refused with 401. @returns whether to retry */
  renew(): boolean {
    this.ticket = undefined;
    return this.settings.apiToken === undefined;
  }

  private async current(call: OperationContext): Promise<Ticket> {
    const known = await this.ticket?.catch(() => undefined);
    if (known !== undefined && known.until > Date.now()) return known;
    if (known !== undefined) this.ticket = undefined;
    this.ticket ??= this.signIn(detachedContext(call)).catch((error: unknown) => {
      this.ticket = undefined;
      throw error;
    });
    return raceAbort(call, this.ticket);
  }

  private async signIn(call: OperationContext): Promise<Ticket> {
    const { username = "", password = "", endpoint } = this.settings;
    const url = `${endpoint.replace(/\/$/, "")}/access/ticket`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ username, password }).toString();
    const reply = await this.http.send({ method: "POST", url, headers, body }, call);
    if (reply.status !== 200) throw failureOf(reply, call);
    const { ticket, CSRFPreventionToken: csrf, NeedTFA } = parseTicket(reply.text, call);
    if (NeedTFA) {
      throw new SnapstateError({
        kind: "auth",
        operation: call.operation,
        detail: `the user ${username} requires a second factor`,
        hint: "Create an API token for that user and set apiToken",
      });
    }
    rememberSecret(ticket);
    rememberSecret(csrf);
    const cookie = { Cookie: `PVEAuthCookie=${ticket}` };
    return { headers: cookie, csrf, until: Date.now() + TICKET_LIFETIME_MS };
  }
}

function parseTicket(text: string, call: OperationContext) {
  try {
    return ticketReply.parse((JSON.parse(text) as { data?: unknown }).data);
  } catch {
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: "the reply to the login has no ticket",
      hint: "Check the connection's endpoint",
    });
  }
}
