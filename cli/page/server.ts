import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { asSnapstateError } from "../../provider/core/errors";
import type { SnapshotKind } from "../../provider/platforms/contract";
import type { SnapshotReport } from "../../provider/resources";
import { contentSecurityPolicy, renderPage } from "./render";

/** A page served to this machine only. */
export interface PageServer {
  /** With the token that the server requires. */
  url: string;
  close(): Promise<void>;
}

/** Milliseconds for which a reload shows the last read, to limit the load of the platform. */
const FRESH = 5000;

/**
 * Serves the page on loopback. Other programs and web pages on this machine can reach a loopback port, so every request
 * must name this server in its Host header (a web page that points its own name here cannot) and have the token.
 *
 * @param read makes a report; called on a page load
 * @param options `port`: 0 for any free port; `kind`: what the report lists
 */
export async function servePage(
  read: () => Promise<SnapshotReport>,
  { port = 0, kind }: { port?: number; kind?: SnapshotKind } = {},
): Promise<PageServer> {
  const token = randomBytes(24).toString("base64url");
  const reports = remembered(read);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    void answer(request, response, token, server, reports, kind);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  server: Server,
  reports: () => Promise<SnapshotReport>,
  kind: SnapshotKind | undefined,
): Promise<void> {
  for (const [name, value] of Object.entries(headers())) response.setHeader(name, value);
  const say = (status: number, text: string, type = "text/plain") => {
    response.writeHead(status, { "Content-Type": `${type}; charset=utf-8` });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  const hosts = ["127.0.0.1", "localhost"].map((host) => `${host}:${portOf(server)}`);
  if (!hosts.includes(request.headers.host ?? "")) return say(421, "wrong host name\n");
  const [, given = "", rest, ...more] = (request.url ?? "").split("/");
  if (!same(given, token) || more.length > 0) return say(404, "not found\n");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return say(405, "read only\n");
  }
  if (rest !== "" && rest !== "report.json") return say(404, "not found\n");
  try {
    const report = await reports();
    if (rest === "") say(200, renderPage(report, { live: true, kind }), "text/html");
    else say(200, `${JSON.stringify(report, undefined, 2)}\n`, "application/json");
  } catch (error) {
    say(502, `${asSnapstateError(error, "read the snapshots").message}\n`);
  }
}

function headers(): Record<string, string> {
  return {
    "Cache-Control": "no-store",
    "Content-Security-Policy": `${contentSecurityPolicy()}; frame-ancestors 'none'`,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}

/** One read at a time, shared by all concurrent and closely following requests. */
function remembered(read: () => Promise<SnapshotReport>): () => Promise<SnapshotReport> {
  let last: { report: Promise<SnapshotReport>; until: number } | undefined;
  return () => {
    if (last && performance.now() < last.until) return last.report;
    const current = { report: read(), until: Number.POSITIVE_INFINITY };
    last = current;
    const ended = (milliseconds: number) => () => {
      current.until = performance.now() + milliseconds;
    };
    current.report.then(ended(FRESH), ended(0));
    return current.report;
  };
}

/** Compares digests, so that the time does not depend on the texts. */
function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
