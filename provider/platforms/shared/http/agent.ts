import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { HttpsProxyAgent } from "hpagent";
import { SnapstateError } from "../../../core/errors";
import { proxyFor } from "./proxy";
import type { Endpoint } from "./settings";

/** Milliseconds for a connection to stand, TLS included. */
const CONNECT_TIMEOUT = 20_000;

/** The request never reached the server: it is safe to send it again. */
export class NotSentError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** OpenSSL's own errors say why in a word or two. */
type TlsError = NodeJS.ErrnoException & { library?: string; reason?: string };

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
  const failed = (error: TlsError) =>
    // OpenSSL's whole message is full of addresses in memory and of names of its source files.
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

/** An agent that keeps connections, checks whom it talks to, and goes through a proxy where one is set. */
export function agentFor(endpoint: Endpoint, environment: NodeJS.ProcessEnv): http.Agent {
  const url = new URL(endpoint.endpoint);
  if (url.protocol === "http:") {
    refusePlainHttp(endpoint, url);
    return new http.Agent({ keepAlive: true, maxSockets: endpoint.concurrency });
  }
  const tls: https.AgentOptions = {
    keepAlive: true,
    // A resumed TLS session shows no certificate that a fingerprint could be compared with.
    maxCachedSessions: 0,
    maxSockets: endpoint.concurrency,
    // Whatever the environment says of it: NODE_TLS_REJECT_UNAUTHORIZED, or --tls-min-v1.0 in NODE_OPTIONS.
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
  return agent;
}

/** Credentials and signatures in the clear: on this machine only, or spelled out. */
function refusePlainHttp(endpoint: Endpoint, { hostname }: URL): void {
  if (endpoint.insecure || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return;
  throw new SnapstateError({
    kind: "bad-input",
    operation: `open the ${endpoint.platform} connection`,
    detail: `the endpoint ${hostname} is asked over plain HTTP`,
    hint: "Use https, or spell out `insecure: true`",
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
  // Node takes such a file without a word, and then trusts nobody.
  if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) {
    throw refused(`caFile ${file} holds no certificate`, "It must be PEM, with a line `-----BEGIN CERTIFICATE-----`");
  }
  return text;
}
