import { readFileSync } from "node:fs";
import https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import axios, { type AxiosInstance, isAxiosError } from "axios";
import { HttpsProxyAgent } from "hpagent";
import { SnapstateError } from "../../../errors";
import type { Call } from "../../../waiting";
import type { VsphereSettings } from "../settings";
import { proxyFor } from "./proxy";
import { MAX_REPLY } from "./xml";

/** Milliseconds for a connection to stand, TLS included. */
const CONNECT_TIMEOUT = 20_000;

/** What came back, before it is understood. */
export interface HttpReply {
  status: number;
  text: string;
  retryAfter: string | undefined;
  cookies: string[];
}

/** The request never reached the server: it is safe to send it again. */
class NotSentError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

type Done = (error: Error | null, socket?: Socket) => void;

/**
 * Hands a socket to HTTP only when its TLS handshake has ended and its certificate was checked, so that not one byte of
 * a request, which may hold the password, goes to a server that is not the right one.
 */
function handOver(socket: TLSSocket, fingerprint: string | undefined, done: Done): void {
  const finish = (error: Error | null) => {
    clearTimeout(timer);
    socket.off("error", failed).off("close", closed);
    if (error) socket.destroy();
    done(error, error ? undefined : socket);
  };
  const failed = (error: NodeJS.ErrnoException) => finish(new NotSentError(error.message, error.code ?? "ECONNECT"));
  const closed = () =>
    finish(new NotSentError("the server closed the connection during the TLS handshake", "ECONNCLOSED"));
  const timer = setTimeout(
    () => finish(new NotSentError(`no connection after ${CONNECT_TIMEOUT / 1000} seconds`, "ECONNTIMEOUT")),
    CONNECT_TIMEOUT,
  );
  socket.once("error", failed).once("close", closed);
  socket.once("secureConnect", () => {
    const actual = socket.getPeerCertificate().fingerprint256?.replaceAll(":", "").toLowerCase();
    if (fingerprint === undefined || actual === fingerprint) return finish(null);
    finish(
      new NotSentError(
        `the server's certificate has the SHA-256 fingerprint ${actual}, not the pinned one`,
        "EFINGERPRINT",
      ),
    );
  });
}

type Connect = (options: object, done?: Done) => TLSSocket;

function agentFor(settings: VsphereSettings, environment: NodeJS.ProcessEnv): https.Agent {
  const tls: https.AgentOptions = {
    keepAlive: true,
    // A resumed TLS session shows no certificate that a fingerprint could be compared with.
    maxCachedSessions: 0,
    maxSockets: settings.concurrency,
    rejectUnauthorized: !settings.insecure && settings.fingerprint === undefined,
    ...(settings.caFile === undefined ? {} : { ca: readCa(settings.caFile) }),
  };
  const proxy = proxyFor(settings, environment);
  const agent = proxy === undefined ? new https.Agent(tls) : new HttpsProxyAgent({ ...tls, proxy });
  const inner = agent as unknown as { createConnection: Connect };
  const connect = inner.createConnection.bind(agent);
  const own = (options: object, done: Done) => {
    if (proxy === undefined) handOver(connect(options), settings.fingerprint, done);
    else {
      connect({ ...options, timeout: CONNECT_TIMEOUT }, (error, socket) => {
        if (error || !socket) done(new NotSentError(error?.message ?? "the proxy refused", "EPROXY"));
        else handOver(socket as TLSSocket, settings.fingerprint, done);
      });
    }
  };
  inner.createConnection = own as unknown as Connect;
  return agent;
}

function readCa(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SnapstateError({
      kind: "bad-input",
      doing: "open the vSphere connection",
      answered: `caFile ${file} cannot be read`,
      cause,
    });
  }
}

/** Sends one envelope and returns what came back. Every failure is a {@link SnapstateError} without request or headers. */
export class Transport {
  private readonly http: AxiosInstance;
  private readonly agent: https.Agent;

  constructor(private readonly settings: VsphereSettings) {
    this.agent = agentFor(settings, process.env);
    this.http = axios.create({
      baseURL: settings.endpoint,
      httpsAgent: this.agent,
      // The agent knows the proxy; axios would read the environment again and ask it in plain HTTP.
      proxy: false,
      responseType: "text",
      transformResponse: (data: unknown) => data,
      // vCenter answers faults with status 500; which statuses are failures is decided where the call is known.
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: MAX_REPLY,
      maxBodyLength: MAX_REPLY,
    });
  }

  async post(body: string, cookie: string | undefined, call: Call): Promise<HttpReply> {
    const limit = this.settings.requestTimeoutSeconds * 1000;
    const timeout = Math.max(1, Math.min(limit, call.deadline.left));
    // axios' own timeout counts silence, so that a server that sends a byte now and then would be waited for without end.
    const end = new AbortController();
    const stop = () => end.abort();
    const timer = setTimeout(stop, timeout);
    call.signal.addEventListener("abort", stop, { once: true });
    if (call.signal.aborted) stop();
    try {
      const response = await this.http.post<string>("", body, {
        signal: end.signal,
        headers: {
          "Content-Type": "text/xml; charset=utf-8",
          SOAPAction: "urn:vim25/6.7",
          ...(cookie === undefined ? {} : { Cookie: cookie }),
        },
      });
      const retryAfter: unknown = response.headers["retry-after"];
      return {
        status: response.status,
        text: response.data,
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        cookies: response.headers["set-cookie"] ?? [],
      };
    } catch (error) {
      throw this.failure(error, call, end.signal.aborted ? timeout : undefined);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", stop);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** An AxiosError holds the cookie and the request's body, so it goes no further: not even as a cause. */
  private failure(error: unknown, call: Call, timedOut: number | undefined): SnapstateError {
    const host = new URL(this.settings.endpoint).host;
    const doing = call.doing;
    if (call.signal.aborted) {
      return new SnapstateError({ kind: "cancelled", doing, answered: "cancelled while waiting for an answer" });
    }
    if (timedOut !== undefined) {
      const answered = `no answer from ${host} in ${Number((timedOut / 1000).toFixed(1))} seconds`;
      return new SnapstateError({ kind: "lost-reply", doing, answered, code: "ETIMEDOUT" });
    }
    const cause = isAxiosError(error) ? error.cause : error;
    const code = String((isAxiosError(error) ? error.code : undefined) ?? (cause as { code?: unknown })?.code ?? "");
    const why = error instanceof Error ? error.message : String(error);
    if (NOT_SENT.has(code) || cause instanceof NotSentError) {
      return new SnapstateError({
        kind: "unreachable",
        doing,
        answered: `no connection to ${host}: ${why}`,
        code,
        hint: hintFor(code),
      });
    }
    return new SnapstateError({ kind: "lost-reply", doing, answered: `no answer from ${host}: ${why}`, code });
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

function hintFor(code: string): string {
  if (code === "EFINGERPRINT") return "Compare it with the server's certificate, then set `fingerprint`";
  if (code === "CERT_HAS_EXPIRED") return "Renew the server's certificate, or pin it with `fingerprint`";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "Use the name that is in the certificate, or pin it with `fingerprint`";
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return "Give the authority in `caFile`, or pin the certificate with `fingerprint`";
  if (code === "ECONNTIMEOUT")
    return "Is this machine's address allow-listed (OVHcloud Hosted Private Cloud: allowed networks)? Is a proxy needed?";
  if (code === "EPROXY") return "Check `proxy`, or HTTPS_PROXY and NO_PROXY";
  return "Check the connection's endpoint and the network";
}
