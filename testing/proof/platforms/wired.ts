import { request as httpsRequest } from "node:https";
import type { PointKind } from "../../../provider/hypervisors/contract";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../../simulators/http-simulator";
import type { ProofPlatform, Trouble, WiredPlatform } from "../platform";
import { cloudmc } from "./cloudmc";
import { cloudstack } from "./cloudstack";
import { ovhVps } from "./ovh-vps";
import type { VspherePlatform } from "./vsphere";

/** Seconds of one request, so that one without an answer is soon given up. */
const requestTimeoutSeconds = 3;

function impatient<T extends ProofPlatform>(platform: T): T {
  return { ...platform, connection: { ...platform.connection, requestTimeoutSeconds } };
}

export async function wiredCloudstack(kind: PointKind): Promise<WiredPlatform> {
  const platform = impatient(await cloudstack(kind));
  const { state } = platform.simulator;
  const jobs = kind === "snapshot" ? /^(create|delete|revert)Snapshot$/ : /^(create|delete|revertTo)VMSnapshot$/;
  return {
    ...platform,
    wire: platform.simulator,
    callOf: ({ body }) => new URLSearchParams(body).get("command") ?? "none",
    die: () => platform.simulator.crash(),
    repair: ({ id }) => {
      const { vmSnapshots } = platform.simulator.state;
      for (const row of vmSnapshots.filter(({ vm, state }) => vm.id === id && state === "Allocated")) {
        vmSnapshots.purge(row.id);
      }
    },
    revive: () => platform.simulator.restart(),
    own: {
      "task failed": { calls: jobs, before: async (_, call) => platform.simulator.failNext(call) },
      "task vanished": {
        calls: /^queryAsyncJobResult$/,
        at: ({ body }) => {
          state.jobs.purge(new URLSearchParams(body).get("jobid") ?? "");
          return true;
        },
      },
      "clock an hour ahead": clockAhead(state.settings, 3600),
      "clock an hour behind": clockAhead(state.settings, -3600),
    },
  };
}

export async function wiredCloudmc(kind: PointKind): Promise<WiredPlatform> {
  const platform = impatient(await cloudmc(kind));
  return {
    ...platform,
    wire: platform.simulator,
    callOf: ({ method, path, query }) =>
      `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")} ${query.get("operation") ?? ""}`.trim(),
    own: {
      "task failed": {
        calls: /^(POST|DELETE) /,
        at: () => {
          platform.simulator.tasks.failNext = "no space left";
          return true;
        },
      },
      "task vanished": {
        calls: /\/tasks\/:id/,
        at: ({ path }) => platform.simulator.state.tasks.delete(path.split("/").at(-1) ?? ""),
      },
    },
  };
}

export async function wiredOvhVps(): Promise<WiredPlatform> {
  const platform = impatient(await ovhVps());
  const { account, tasks, credentials } = platform.simulator;
  let revived = 0;
  return {
    ...platform,
    wire: platform.simulator,
    die: async () => {
      tasks.halt();
      await platform.simulator.goDown();
    },
    revive: async () => {
      revived++;
      tasks.resume(revived % 2 === 0 ? "done" : "error");
      await platform.simulator.comeBack();
    },
    callOf: ({ method, path }) =>
      `${method} ${path.replace(/vps-[0-9a-f]+\.vps\.ovh\.net/, ":vps").replace(/\/\d+$/, "/:id")}`,
    own: {
      "task failed": {
        // An edit has no task.
        calls: /^(POST|DELETE) /,
        at: () => {
          tasks.failNext = "error";
          return true;
        },
      },
      "task vanished": {
        calls: /\/tasks\/:id/,
        at: ({ path }) => {
          for (const vps of account.vps.values()) vps.tasks = vps.tasks.filter(({ id }) => !path.endsWith(`/${id}`));
          return true;
        },
      },
      "clock an hour ahead": clockAhead(credentials.known, 3600),
      "clock an hour behind": clockAhead(credentials.known, -3600),
    },
  };
}

/** What comes before a vCenter: it passes everything on, and lets the wire go wrong. */
class Passage extends HttpSimulator {
  /** Cookies of sessions that the vCenter is made to have forgotten. */
  private readonly dead = new Set<string>();

  constructor(
    certificate: { key: string; cert: string },
    private readonly behind: { host: string; port: number },
  ) {
    super(certificate);
  }

  /** The session of this request is over. */
  forget({ headers: { cookie } }: SimulatedRequest): boolean {
    if (cookie !== undefined) this.dead.add(cookie);
    return cookie !== undefined;
  }

  protected handle({ method, target, headers: all, body }: SimulatedRequest): Promise<SimulatedReply> {
    const { host, port } = this.behind;
    const { cookie, ...others } = all;
    const headers = cookie === undefined || this.dead.has(cookie) ? others : all;
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

/**
 * @param platform shared by many cases, each of which has a wire and a VM of its own
 * @param other what the server may show instead; absent where that is not asked for
 */
export async function wiredVsphere(
  platform: ProofPlatform & Partial<VspherePlatform>,
  certificate: { key: string; cert: string; fingerprint: string },
  other?: { key: string; cert: string },
): Promise<WiredPlatform> {
  const { endpoint } = platform.connection as { endpoint: string };
  const [host = "", port] = endpoint.split(":");
  const wire = new Passage(certificate, { host, port: Number(port) });
  await wire.listen();
  const connection = { ...platform.connection, endpoint: wire.url, fingerprint: certificate.fingerprint };
  return {
    ...impatient({ ...platform, connection }),
    wire,
    own: {
      "task failed": {
        calls: /_Task$/,
        before: async (target, call) => platform.failTask?.(target, call),
        after: (target) => platform.failTask?.(target),
      },
      "task vanished": { calls: /^RetrievePropertiesEx$/, at: ({ body }) => vanished(body) },
      "session expired": { at: (request) => wire.forget(request) },
      ...(other ? { "another certificate": anotherCertificate(wire, certificate, other) } : {}),
    },
    callOf: ({ body }) => /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? "none",
    close: () => wire.close(),
  };
}

/** What a vCenter answers that no longer knows a task it is asked for; false where it is asked for none. */
function vanished(body: string): SimulatedReply | false {
  const task = /type="Task"[^>]*>([^<]+)</.exec(body)?.[1];
  if (task === undefined) return false;
  const fault = `<ManagedObjectNotFoundFault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="ManagedObjectNotFound"><obj type="Task">${task}</obj></ManagedObjectNotFoundFault>`;
  const text = "The object has already been deleted or has not been completely created";
  return {
    status: 500,
    headers: { "Content-Type": "text/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${text}</faultstring><detail>${fault}</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
  };
}

function anotherCertificate(
  wire: Passage,
  right: Parameters<Passage["showCertificate"]>[0],
  other: typeof right,
): Trouble {
  return {
    at: () => {
      setImmediate(() => wire.showCertificate(other));
      return true;
    },
    after: () => wire.showCertificate(right),
  };
}

/** The server's clock is wrong from the call on, until the case is over. */
function clockAhead(server: { clockAhead: number }, seconds: number): Trouble {
  return {
    at: () => {
      server.clockAhead = seconds;
      return true;
    },
    after: () => {
      server.clockAhead = 0;
    },
  };
}
