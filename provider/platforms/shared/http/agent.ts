import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { HttpsProxyAgent } from "hpagent";
import { SnapstateError } from "../../../core/errors";
import { proxyFor } from "./proxy";
import type { Endpoint } from "./settings";

/** Milliseconds to connect, TLS included. */
const CONNECT_TIMEOUT = 20_000;

/** The request never reached the server, so it is safe to send it again. */
export class NotSentError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** OpenSSL's own errors have a short reason. */
type TlsError = NodeJS.ErrnoException & { library?: string; reason?: string };

type Done = (error: Error | null, socket?: Socket) => void;

/**
 * Hands a socket to HTTP only after the TLS handshake and the check of the certificate, so that no byte of a request,
 * which may contain the password, goes to an unverified server.
 */
function handOver(socket: TLSSocket, fingerprint: string | undefined, done: Done): void {
  const finish = (error: Error | null) => {
    clearTimeout(timer);
    socket.off("error", failed).off("close", closed);
    if (error) socket.destroy();
    done(error, error ? undefined : socket);
  };
  const failed = (error: TlsError) =>
    // OpenSSL's full message contains memory addresses and names of its source files.
    finish(
      new NotSentError(error.reason ? `TLS failed with "${error.reason}"` : error.message, error.code ?? "ECONNECT"),
    );
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

/** A keep-alive agent that verifies the server and uses a configured proxy. */
export function agentFor(endpoint: Endpoint, environment: NodeJS.ProcessEnv): http.Agent {
  const url = new URL(endpoint.endpoint);
  if (url.protocol === "http:") {
    refusePlainHttp(endpoint, url);
    return forOneHost(new http.Agent({ keepAlive: true, maxSockets: endpoint.concurrency }));
  }
  const tls: https.AgentOptions = {
    keepAlive: true,
    // A resumed TLS session has no certificate to compare with the fingerprint.
    maxCachedSessions: 0,
    maxSockets: endpoint.concurrency,
    // Regardless of NODE_TLS_REJECT_UNAUTHORIZED, and of --tls-min-v1.0 in NODE_OPTIONS.
    minVersion: "TLSv1.2",
    rejectUnauthorized: !endpoint.insecure && endpoint.fingerprint === undefined,
    ...(endpoint.caFile === undefined ? {} : { ca: readCa(endpoint, endpoint.caFile) }),
  };
  const proxy = proxyFor(endpoint, environment);
  const agent = proxy === undefined ? new https.Agent(tls) : new HttpsProxyAgent({ ...tls, proxy });
  const inner = agent as unknown as { createConnection: Connect };
  const connect = inner.createConnection.bind(agent);
  const own = (options: object, done: Done) => {
    if (proxy === undefined) handOver(connect(options), endpoint.fingerprint, done);
    else {
      connect({ ...options, timeout: CONNECT_TIMEOUT }, (error, socket) => {
        if (error || !socket) done(new NotSentError(error?.message ?? "the proxy refused", "EPROXY"));
        else handOver(socket as TLSSocket, endpoint.fingerprint, done);
      });
    }
  };
  inner.createConnection = own as unknown as Connect;
  return forOneHost(agent);
}

/** Node composes the name of a pool of connections for each request, from every option of TLS; here there is one pool. */
function forOneHost(agent: http.Agent): http.Agent {
  agent.getName = () => "";
  return agent;
}

/** Sends credentials unencrypted only to this machine, or with `insecure`. */
function refusePlainHttp(endpoint: Endpoint, { hostname }: URL): void {
  if (endpoint.insecure || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return;
  throw new SnapstateError({
    kind: "bad-input",
    operation: `open the ${endpoint.platform} connection`,
    detail: `the endpoint ${hostname} uses plain HTTP`,
    hint: "Use https, or set `insecure: true`",
  });
}

function readCa(endpoint: Endpoint, file: string): string {
  const refused = (detail: string, hint?: string, cause?: unknown) =>
    new SnapstateError({
      kind: "bad-input",
      operation: `open the ${endpoint.platform} connection`,
      detail,
      hint,
      cause,
    });
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw refused(`caFile ${file} cannot be read`, undefined, cause);
  }
  // Node accepts such a file silently and then trusts no server.
  if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) {
    throw refused(
      `caFile ${file} contains no certificate`,
      "It must be PEM, with a line `-----BEGIN CERTIFICATE-----`",
    );
  }
  return text;
}
