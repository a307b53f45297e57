import { request as httpsRequest } from "node:https";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../simulators/http-simulator";
import { impatient, type Trouble, type WiredPlatform } from "./harness";
import type { VspherePlatform } from "./vsphere";

/** A proxy in front of a vCenter that forwards requests and injects faults. */
class Passage extends HttpSimulator {
  /** Cookies of sessions that the vCenter pretends to have lost. */
  private readonly dead = new Set<string>();

  constructor(
    certificate: { key: string; cert: string },
    private readonly behind: { host: string; port: number },
  ) {
    super(certificate);
  }

  /** Whether the request's session has ended. */
  forget({ headers: { cookie } }: SimulatedRequest): boolean {
    if (cookie !== undefined) this.dead.add(cookie);
    return cookie !== undefined;
  }

  protected handle({ method, target, headers: all, body }: SimulatedRequest): Promise<SimulatedReply> {
    const { host, port } = this.behind;
    const { cookie, ...others } = all;
    const headers = cookie === undefined || this.dead.has(cookie) ? others : all;
    return new Promise((resolve, reject) => {
      // A loopback hop within a test: the client verifies the proxy's certificate.
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
 * @param platform shared by many cases, each with its own wire and VM
 * @param other another certificate for the server; absent where it is not needed
 */
export async function wiredVsphere(
  platform: VspherePlatform,
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
        before: async (target, call) => platform.failTask(target, call),
        after: (target) => platform.failTask(target),
      },
      "task vanished": { calls: /^RetrievePropertiesEx$/, at: ({ body }) => vanished(body) },
      "session expired": { at: (request) => wire.forget(request) },
      ...(other ? { "another certificate": anotherCertificate(wire, certificate, other) } : {}),
    },
    callOf: ({ body }) => /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? "none",
    close: () => wire.close(),
  };
}

/** The reply of a vCenter that no longer knows the requested task; false for other requests. */
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
