import { Agent, request } from "node:https";
import type { Vcsim } from "../vcsim/launcher";

/** Milliseconds between polls of a task. */
const POLL = 100;

/**
 * A straightforward client for comparison only: one call for each step, one poll for each task, and a separate read for
 * every fact.
 */
export class NaiveClient {
  private cookie = "";
  private readonly agent: Agent;

  constructor(
    private readonly vcsim: Vcsim,
    parallel: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: parallel, ca: vcsim.caPem });
  }

  async login(): Promise<void> {
    const { username, password } = this.vcsim;
    const inner = `<userName>${username}</userName><password>${password}</password>`;
    const { cookie } = await this.call("Login", "SessionManager", "SessionManager", inner);
    this.cookie = cookie;
  }

  /** @returns the snapshot's id */
  async create(path: string, name: string): Promise<string> {
    const vm = await this.find(path);
    await this.property("VirtualMachine", vm, "runtime.powerState");
    await this.property("VirtualMachine", vm, "snapshot");
    const snapshot = await this.endOf(await this.startCreate(vm, name));
    await this.property("VirtualMachine", vm, "snapshot");
    return snapshot;
  }

  async read(path: string, snapshot: string): Promise<void> {
    const tree = await this.property("VirtualMachine", await this.find(path), "snapshot");
    if (!tree.includes(`>${snapshot}<`)) throw new Error(`${snapshot} is gone`);
  }

  async delete(path: string, snapshot: string): Promise<void> {
    await this.read(path, snapshot);
    await this.endOf(await this.startDelete(snapshot));
  }

  async close(): Promise<void> {
    await this.call("Logout", "SessionManager", "SessionManager");
    this.agent.destroy();
  }

  private async find(path: string): Promise<string> {
    const inner = `<inventoryPath>${path.replace(/^\//, "")}</inventoryPath>`;
    return returned((await this.call("FindByInventoryPath", "SearchIndex", "SearchIndex", inner)).body);
  }

  /** @returns the task's id */
  protected async startCreate(vm: string, name: string): Promise<string> {
    const inner = `<name>${name}</name><description></description><memory>false</memory>`;
    return returned((await this.call("CreateSnapshotEx_Task", "VirtualMachine", vm, inner)).body);
  }

  /** @returns the task's id */
  protected async startDelete(snapshot: string): Promise<string> {
    const inner = "<removeChildren>false</removeChildren>";
    return returned((await this.call("RemoveSnapshot_Task", "VirtualMachineSnapshot", snapshot, inner)).body);
  }

  /** Reads one property of several objects in one call. */
  protected async properties(type: string, objects: readonly string[], path: string): Promise<string> {
    const set = objects.map((object) => `<objectSet><obj type="${type}">${object}</obj></objectSet>`).join("");
    const spec = `<specSet><propSet><type>${type}</type><pathSet>${path}</pathSet></propSet>${set}</specSet><options/>`;
    return (await this.call("RetrievePropertiesEx", "PropertyCollector", "propertyCollector", spec)).body;
  }

  private property(type: string, object: string, path: string): Promise<string> {
    return this.properties(type, [object], path);
  }

  /** @returns the task's result, an id; empty if it has none */
  private async endOf(task: string): Promise<string> {
    for (;;) {
      const info = await this.property("Task", task, "info");
      if (info.includes("<state>success</state>")) return /<result [^>]*>([^<]+)</.exec(info)?.[1] ?? "";
      if (info.includes("<state>error</state>")) throw new Error(`a task failed: ${info}`);
      await new Promise((next) => setTimeout(next, POLL));
    }
  }

  private call(method: string, type: string, object: string, inner = ""): Promise<{ body: string; cookie: string }> {
    const envelope = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><${method} xmlns="urn:vim25"><_this type="${type}">${object}</_this>${inner}</${method}></soapenv:Body></soapenv:Envelope>`;
    const headers = { "content-type": "text/xml; charset=utf-8", ...(this.cookie && { cookie: this.cookie }) };
    return new Promise((resolve, reject) => {
      const sent = request(this.vcsim.url, { method: "POST", agent: this.agent, headers }, (reply) => {
        let body = "";
        reply.setEncoding("utf8").on("data", (part: string) => {
          body += part;
        });
        reply.once("error", reject);
        reply.once("end", () => {
          if (reply.statusCode === 200)
            resolve({ body, cookie: String(reply.headers["set-cookie"]).split(";")[0] ?? "" });
          else reject(new Error(`${method}: ${reply.statusCode} ${body}`));
        });
      });
      sent.once("error", reject);
      sent.end(envelope);
    });
  }
}

function returned(body: string): string {
  const id = /<returnval [^>]*>([^<]+)</.exec(body)?.[1];
  if (id === undefined) throw new Error(`no reference in ${body}`);
  return id;
}
