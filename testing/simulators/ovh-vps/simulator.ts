import { randomBytes, randomUUID } from "node:crypto";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../http-simulator";
import { accountCalls } from "./calls/account";
import { backupCalls } from "./calls/backup";
import { type ApiCall, checkedBody, type World } from "./calls/call";
import { orderCalls } from "./calls/order";
import { vpsCalls } from "./calls/vps";
import { Carts } from "./carts";
import { Credentials, type SimulatedCredentials } from "./credentials";
import { badParameter, noSuchService, Refusal } from "./refusal";
import { Account } from "./state";
import { Tasks } from "./tasks";

export interface OvhVpsSimulatorOptions extends Partial<SimulatedCredentials> {
  /** Duration of a task in milliseconds. @default 0 */
  taskTime?: number;
  /** How long an ended task is kept, in milliseconds. @default 86400000 */
  taskLife?: number;
}

const EVERYTHING = ["GET", "POST", "PUT", "DELETE"].map((method) => ({ method, path: "/*" }));

const CALLS = [...accountCalls, ...vpsCalls, ...backupCalls, ...orderCalls].map((api) => {
  const [method, pattern = ""] = api.call.split(" ");
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return { api, method, names, path: new RegExp(`^${pattern.replace(/\{\w+\}/g, "([^/]+)")}$`) };
});

/**
 * OVHcloud's API for VPS, as its schema and clients show it: signatures with expiry, OAuth2 service accounts, the
 * single snapshot, tasks with states and durations, restore points, options and orders. Calls, query parameters and
 * fields that are not in the schema are refused.
 */
export class OvhVpsSimulator extends HttpSimulator {
  readonly account = new Account();
  readonly tasks: Tasks;
  readonly carts: Carts;
  readonly credentials: Credentials;

  constructor(options: OvhVpsSimulatorOptions = {}) {
    super();
    const { taskTime = 0, taskLife = 24 * 60 * 60_000, ...credentials } = options;
    this.tasks = new Tasks({ task: taskTime, life: taskLife });
    this.carts = new Carts(this.account);
    this.credentials = new Credentials({
      account: "xx1111-ovh",
      applicationKey: "simulatedAppKey1",
      applicationSecret: "simulatedApplicationSecret000001",
      consumerKey: "simulatedConsumerKey000000000001",
      clientId: "EU.simulated-account",
      clientSecret: "simulatedClientSecret00000000001",
      rules: EVERYTHING,
      clockAhead: 0,
      tokenLife: 3599,
      ...credentials,
    });
  }

  /** Settings of a connection to it, with an application key. */
  get connection() {
    const { applicationKey, applicationSecret, consumerKey } = this.credentials.known;
    return { platform: "ovh-vps", endpoint: `${this.url}/1.0`, applicationKey, applicationSecret, consumerKey };
  }

  /** Settings of a connection to it, with a service account. */
  get serviceAccount() {
    const { clientId, clientSecret } = this.credentials.known;
    const tokenUrl = `${this.url}/auth/oauth2/token`;
    return { platform: "ovh-vps", endpoint: `${this.url}/1.0`, tokenUrl, clientId, clientSecret };
  }

  /** Simulates a crash of the API and the platform: connections break, tasks stop. */
  async crash(): Promise<void> {
    this.tasks.halt();
    await this.stopListening();
  }

  /** @param outcome the result of the tasks that were running. @default "done" */
  async restart(outcome: "done" | "error" = "done"): Promise<void> {
    this.tasks.resume(outcome);
    await this.listenAgain();
  }

  override close(): Promise<void> {
    this.tasks.stop();
    this.carts.stop();
    return super.close();
  }

  protected handle(request: SimulatedRequest): SimulatedReply {
    if (request.path === "/auth/oauth2/token") {
      const { status, body } = this.credentials.token(request);
      return json(status, body);
    }
    try {
      return json(200, this.answer(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return json(error.status, error.body());
    }
  }

  private answer(request: SimulatedRequest): unknown {
    const path = /^\/1\.0(\/.*)$/.exec(request.path)?.[1];
    if (path === undefined) throw new Refusal(404, "Got an invalid (or empty) URL");
    if (path === "/auth/time" && request.method === "GET") return this.credentials.now();
    this.credentials.verify(request, `${this.url}${request.target}`, path);
    for (const { api, method, names, path: pattern } of CALLS) {
      const match = pattern.exec(path);
      if (match === null || method !== request.method) continue;
      const parts = match.slice(1).map(decodeURIComponent);
      return this.run(api, request, Object.fromEntries(names.map((name, index) => [name, parts[index] ?? ""])));
    }
    throw new Refusal(404, "Got an invalid (or empty) URL");
  }

  private run(api: ApiCall, request: SimulatedRequest, path: Record<string, string>): unknown {
    for (const name of request.query.keys()) {
      if (!api.query?.includes(name)) throw badParameter(name, "is unknown");
    }
    if (request.body !== "" && !/^application\/json/.test(request.headers["content-type"] ?? "")) {
      throw new Refusal(400, "The content type must be application/json");
    }
    const world: World = {
      account: this.account,
      tasks: this.tasks,
      carts: this.carts,
      accountName: this.credentials.known.account,
      url: this.url,
    };
    const vps = () => {
      const found = this.account.vps.get(path.serviceName ?? "");
      if (found === undefined) throw noSuchService();
      return found;
    };
    const query = Object.fromEntries(request.query);
    return api.run({ world, request, path, vps, query, body: checkedBody(request.body, api.body) });
  }
}

function json(status: number, value: unknown): SimulatedReply {
  const queryId = `EU.ext-3.${randomBytes(4).toString("hex")}.${process.pid}.${randomUUID()}`;
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", "X-Ovh-QueryID": queryId },
    body: JSON.stringify(value),
  };
}
