import { request as httpsRequest } from "node:https";
import type { PointKind } from "../../../provider/hypervisors/contract";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../../simulators/http-simulator";
import type { ProofPlatform, WiredPlatform } from "../platform";
import { cloudmc } from "./cloudmc";
import { cloudstack } from "./cloudstack";
import { ovhVps } from "./ovh-vps";

/** Seconds of one request, so that one without an answer is soon given up. */
const requestTimeoutSeconds = 3;

function impatient<T extends ProofPlatform>(platform: T): T {
  return { ...platform, connection: { ...platform.connection, requestTimeoutSeconds } };
}

export async function wiredCloudstack(kind: PointKind): Promise<WiredPlatform> {
  const platform = impatient(await cloudstack(kind));
  const jobs: Record<string, string> =
    kind === "snapshot"
      ? { create: "createSnapshot", delete: "deleteSnapshot", restore: "revertSnapshot" }
      : { create: "createVMSnapshot", delete: "deleteVMSnapshot", restore: "revertToVMSnapshot" };
  return {
    ...platform,
    wire: platform.simulator,
    callOf: ({ body }) => new URLSearchParams(body).get("command") ?? "none",
    failTask: (_, operation) => platform.simulator.failNext(jobs[operation] ?? (jobs.create as string)),
  };
}

export async function wiredCloudmc(kind: PointKind): Promise<WiredPlatform> {
  const platform = impatient(await cloudmc(kind));
  return {
    ...platform,
    wire: platform.simulator,
    callOf: ({ method, path, query }) =>
      `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")} ${query.get("operation") ?? ""}`.trim(),
    failTask: () => {
      platform.simulator.tasks.failNext = "no space left";
    },
  };
}

export async function wiredOvhVps(): Promise<WiredPlatform> {
  const platform = impatient(await ovhVps());
  return {
    ...platform,
    wire: platform.simulator,
    callOf: ({ method, path }) =>
      `${method} ${path.replace(/vps-[0-9a-f]+\.vps\.ovh\.net/, ":vps").replace(/\/\d+$/, "/:id")}`,
    failTask: () => {
      platform.simulator.tasks.failNext = "error";
    },
  };
}

/** What comes before a vCenter: it passes everything on, and lets the wire go wrong. */
class Passage extends HttpSimulator {
  constructor(
    certificate: { key: string; cert: string },
    private readonly behind: { host: string; port: number },
  ) {
    super(certificate);
  }

  protected handle({ method, target, headers, body }: SimulatedRequest): Promise<SimulatedReply> {
    const { host, port } = this.behind;
    return new Promise((resolve, reject) => {
      // A hop on loopback within one test: the client's trust is in the proxy's own certificate.
      const options = { host, port, method, path: target, headers, agent: false, rejectUnauthorized: false };
      const sent = httpsRequest(options, (reply) => {
        let text = "";
        reply.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        reply.once("error", reject);
        reply.once("end", () => {
          const cookie = reply.headers["set-cookie"]?.[0];
          const type = { "Content-Type": reply.headers["content-type"] ?? "text/xml" };
          const own = cookie === undefined ? type : { ...type, "Set-Cookie": cookie };
          resolve({ status: reply.statusCode ?? 0, headers: own, body: text });
        });
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }
}

/** @param platform shared by many cases, each of which has a wire and a VM of its own */
export async function wiredVsphere(
  platform: ProofPlatform,
  certificate: { key: string; cert: string; fingerprint: string },
): Promise<WiredPlatform> {
  const { endpoint } = platform.connection as { endpoint: string };
  const [host = "", port] = endpoint.split(":");
  const wire = new Passage(certificate, { host, port: Number(port) });
  await wire.listen();
  const connection = { ...platform.connection, endpoint: wire.url, fingerprint: certificate.fingerprint };
  return {
    ...impatient({ ...platform, connection }),
    wire,
    callOf: ({ body }) => /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? "none",
    close: () => wire.close(),
  };
}
