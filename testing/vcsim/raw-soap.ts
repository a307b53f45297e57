import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Vcsim } from "./launcher";

export interface RawReply {
  status: number;
  body: string;
  /** SHA-256 of the server's certificate. */
  fingerprint: string;
  headers: NodeJS.Dict<string | string[]>;
}

/**
 * Raw SOAP for the simulator's own tests, which must not depend on the client that is tested with it. Every call has
 * its own connection, whose certificate is checked.
 */
export class RawSoap {
  cookie = "";

  constructor(
    private readonly vcsim: Vcsim,
    private readonly ca = vcsim.caPem,
  ) {}

  async login(): Promise<RawReply> {
    const { username, password } = this.vcsim;
    const reply = await this.call(
      "Login",
      "SessionManager",
      "SessionManager",
      `<userName>${username}</userName><password>${password}</password>`,
    );
    this.cookie = String(reply.headers["set-cookie"]).split(";")[0] ?? "";
    return reply;
  }

  call(method: string, type: string, object: string, inner = ""): Promise<RawReply> {
    const envelope = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><${method} xmlns="urn:vim25"><_this type="${type}">${object}</_this>${inner}</${method}></soapenv:Body></soapenv:Envelope>`;
    const headers = { "content-type": "text/xml; charset=utf-8", ...(this.cookie && { cookie: this.cookie }) };
    return new Promise((resolve, reject) => {
      const sent = request(this.vcsim.url, { method: "POST", agent: false, ca: this.ca, headers }, (reply) => {
        const { fingerprint256 } = (reply.socket as TLSSocket).getPeerCertificate();
        let body = "";
        reply.setEncoding("utf8").on("data", (part: string) => {
          body += part;
        });
        reply.once("error", reject);
        reply.once("end", () =>
          resolve({ status: reply.statusCode ?? 0, body, fingerprint: fingerprint256, headers: reply.headers }),
        );
      });
      sent.once("error", reject);
      sent.end(envelope);
    });
  }

  property(type: string, object: string, path: string): Promise<RawReply> {
    const spec = `<specSet><propSet><type>${type}</type><pathSet>${path}</pathSet></propSet><objectSet><obj type="${type}">${object}</obj></objectSet></specSet><options/>`;
    return this.call("RetrievePropertiesEx", "PropertyCollector", "propertyCollector", spec);
  }

  /** Starts a task and returns its result: `success`, or the type of the task's or the call's fault. */
  async task(method: string, type: string, object: string, inner = ""): Promise<string> {
    const started = await this.call(method, type, object, inner);
    const task = /<returnval type="Task">([^<]+)</.exec(started.body)?.[1];
    if (task === undefined) return /<(\w+)Fault /.exec(started.body)?.[1] ?? started.body;
    for (;;) {
      const { body } = await this.property("Task", task, "info");
      if (body.includes("<state>success</state>")) return "success";
      if (body.includes("<state>error</state>")) return /<fault [^>]*type="(\w+)"/.exec(body)?.[1] ?? body;
    }
  }

  createSnapshot(vm: string, name: string, flags: { memory?: boolean; quiesce?: boolean } = {}): Promise<string> {
    const { memory = false, quiesce = false } = flags;
    const inner = `<name>${name}</name><description>of ${name}</description><memory>${memory}</memory><quiesce>${quiesce}</quiesce>`;
    return this.task("CreateSnapshot_Task", "VirtualMachine", vm, inner);
  }
}
