import { isSnapstateError, rememberSecret, SnapstateError } from "../../../core/errors";
import { Deadline, detachedContext, type OperationContext, raceAbort, retryAfter } from "../../../core/operation";
import { type HttpReply, type RetryReadRules, retryRead, unanswered } from "../../shared/http";
import type { VsphereSettings } from "../settings";
import { soapFault, VimFaultError } from "./fault";
import { envelope, login, logout, type Ref, retrieveServiceContent, type VimRequest } from "./requests";
import { Transport } from "./transport";
import { element, parseXml, text, type XmlElement, type XmlValue } from "./xml";

/** The server's description and its root objects. */
export interface ServiceContent {
  instanceUuid: string;
  rootFolder: Ref;
  propertyCollector: Ref;
  searchIndex: Ref;
  sessionManager: Ref;
}

const AGAIN: RetryReadRules = {
  again: (error) => isSnapstateError(error, "unreachable", "lost-reply", "throttled"),
  pause: (error) => (error instanceof SnapstateError ? pauses.get(error) : undefined),
  hint: "Nothing was changed. Run again when the server answers",
};

/** One vCenter session, opened at the first call and renewed when the server has forgotten it. */
export class Session {
  private readonly transport: Transport;
  private cookie: string | undefined;
  private opening: Promise<ServiceContent> | undefined;
  /** When several calls find a session expired, the first opens the next: they compare its content. */
  private current: ServiceContent | undefined;
  private closed = false;

  constructor(private readonly settings: VsphereSettings) {
    rememberSecret(settings.password);
    this.transport = new Transport(settings);
  }

  /** The service content of the session that was open at the last reply. Concurrent calls share one login. */
  async content(call: OperationContext): Promise<ServiceContent> {
    // A shared read may outlive all its callers and must not open a session that nothing closes.
    if (this.closed) {
      throw new SnapstateError({ kind: "cancelled", operation: call.operation, detail: "the connection was closed" });
    }
    this.opening ??= this.open(detachedContext(call)).catch((error) => {
      // A refused login is remembered: further attempts could lock the account.
      if (!isSnapstateError(error, "auth")) this.opening = undefined;
      throw unanswered(error, AGAIN.hint);
    });
    return raceAbort(call, this.opening);
  }

  /**
   * Makes a read: it is retried when the connection or the server fails.
   * @throws VimFaultError for the server's refusal, SnapstateError otherwise.
   */
  async read(build: (content: ServiceContent) => VimRequest, call: OperationContext): Promise<XmlElement> {
    return retryRead(() => this.inSession(build, call), AGAIN, call);
  }

  /** Makes a change: it is sent once, and again only if the server reports that it was not carried out. */
  write(build: (content: ServiceContent) => VimRequest, call: OperationContext): Promise<XmlElement> {
    return this.inSession(build, call, asLost);
  }

  /** The reply shows, without a fault, that the session has expired: the next call logs in again. */
  forget(content: ServiceContent): void {
    if (this.current !== content) return;
    this.current = undefined;
    this.opening = undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    const opening = this.opening;
    this.opening = undefined;
    try {
      const content = await opening?.catch(() => undefined);
      if (content && this.cookie !== undefined) {
        const call = {
          signal: new AbortController().signal,
          deadline: new Deadline(2000),
          operation: "log out",
          report: () => {},
        };
        // If the server is unreachable or has ended the session itself, a successful run must not fail.
        await this.send(logout(content.sessionManager), call).catch(() => undefined);
      }
    } finally {
      this.cookie = undefined;
      this.transport.close();
    }
  }

  private async inSession(
    build: (content: ServiceContent) => VimRequest,
    call: OperationContext,
    failed: (error: unknown) => unknown = (error) => error,
  ): Promise<XmlElement> {
    for (let attempt = 1; ; attempt++) {
      const content = await this.content(call);
      try {
        return await this.send(build(content), call);
      } catch (error) {
        // A fault means that nothing was carried out, so a change may be re-sent too.
        if (!(error instanceof VimFaultError) || error.fault.type !== "NotAuthenticated" || attempt === 2)
          throw failed(error);
        this.forget(content);
      }
    }
  }

  private async open(call: OperationContext): Promise<ServiceContent> {
    this.cookie = undefined;
    const reply = element((await this.send(retrieveServiceContent(), call)).RetrieveServiceContentResponse);
    const content = readContent(element(reply?.returnval), new URL(this.settings.endpoint).host, call);
    try {
      await this.send(login(content.sessionManager, this.settings.username, this.settings.password), call);
    } catch (error) {
      if (!(error instanceof VimFaultError)) throw error;
      throw new SnapstateError({
        kind: "auth",
        operation: call.operation,
        detail: `${new URL(this.settings.endpoint).host} refused the login of ${this.settings.username}: ${error.fault.message || error.fault.type}`,
        code: error.fault.type,
        hint: "Check the connection's username and password. The state is unchanged",
      });
    }
    this.current = content;
    return content;
  }

  private async send(request: VimRequest, call: OperationContext): Promise<XmlElement> {
    const reply = await this.transport.post(envelope(request), () => this.cookie, call);
    this.keepCookie(reply);
    if (reply.status !== 200 && reply.status !== 500) throw httpFailure(reply, call);
    if (reply.status === 500 && !/^\s*</.test(reply.text)) throw httpFailure(reply, call);
    const body = parseXml(reply.text, call.operation);
    const fault = soapFault(body);
    if (fault) throw new VimFaultError(fault);
    return body;
  }

  /** vCenter quotes the cookie's value and the simulator does not, so it is kept unchanged. */
  private keepCookie(reply: HttpReply): void {
    const cookie = reply.cookies.find((candidate) => candidate.startsWith("vmware_soap_session="));
    if (cookie === undefined) return;
    this.cookie = cookie.split(";", 1)[0];
    // The session key grants the user's rights until the session ends.
    rememberSecret(this.cookie?.slice(this.cookie.indexOf("=") + 1).replaceAll('"', ""));
  }
}

const pauses = new WeakMap<SnapstateError, number>();

function httpFailure(reply: HttpReply, call: OperationContext): SnapstateError {
  const kinds = { 401: "auth", 403: "permission", 429: "throttled", 404: "protocol" } as const;
  const kind = kinds[reply.status as keyof typeof kinds] ?? (reply.status >= 500 ? "lost-reply" : "protocol");
  const error = new SnapstateError({
    kind,
    operation: call.operation,
    detail: `the server answered HTTP ${reply.status}`,
    code: `HTTP ${reply.status}`,
    hint: kind === "protocol" ? "Is the endpoint a vCenter's /sdk?" : undefined,
  });
  const wait = retryAfter(reply.retryAfter);
  if (wait !== undefined) pauses.set(error, wait);
  return error;
}

/** After a change, an unparsable reply does not prove that nothing was done. */
function asLost(error: unknown): unknown {
  if (!isSnapstateError(error, "protocol") || error.code !== undefined) return error;
  const { operation, detail, hint } = error;
  return new SnapstateError({ kind: "lost-reply", operation, detail, hint });
}

function readContent(value: XmlElement | undefined, host: string, call: OperationContext): ServiceContent {
  const about = element(value?.about);
  const ref = (name: string): Ref => {
    const found = element(value?.[name]);
    return { type: text(found?.["@type"]) ?? "", id: text(value?.[name] as XmlValue) ?? "" };
  };
  if (about === undefined) {
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: "the server returned no description of itself",
      hint: "Is the endpoint a vCenter's /sdk?",
    });
  }
  return {
    // A stand-alone ESXi host has no instance UUID; its address identifies it.
    instanceUuid: text(about.instanceUuid) || host,
    rootFolder: ref("rootFolder"),
    propertyCollector: ref("propertyCollector"),
    searchIndex: ref("searchIndex"),
    sessionManager: ref("sessionManager"),
  };
}
