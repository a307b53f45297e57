import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../http-simulator";
import { changeOf } from "./changes";
import { listOf, oneOf } from "./lists";
import { badField, missing, Refusal } from "./refusal";
import { EnvironmentState, type SimulatedTask } from "./state";
import { Tasks } from "./tasks";

export interface CloudmcSimulatorOptions {
  /** @default "simulated-key" */
  apiKey?: string;
  /** @default "compute" */
  service?: string;
  /** @default "test" */
  environment?: string;
  /** Duration of a task in milliseconds. @default 0 */
  taskTime?: number;
  /** How long an ended task is kept, in milliseconds. @default 1800000 */
  taskLife?: number;
  /** Format of a task: as documented, or below `data`, as both official clients read it. @default "documented" */
  taskShape?: "documented" | "clients";
  /** Name of the code field in an error. @default "code" */
  errorCode?: "code" | "errorCode";
  /** Maximum recovery points of an instance. @default 10 */
  maxRecoveryPoints?: number;
}

/**
 * CloudMC's API as its public documents and client libraries show it, with strict checks. What they do not show
 * (recovery points beyond their creation, deletion of snapshots) follows the driver's default profile.
 * https://cloudops.github.io/cloudmc-api-docs/
 */
export class CloudmcSimulator extends HttpSimulator {
  readonly state = new EnvironmentState();
  readonly tasks: Tasks;
  private readonly options: Required<CloudmcSimulatorOptions>;

  constructor(options: CloudmcSimulatorOptions = {}) {
    super();
    this.options = {
      apiKey: "simulated-key",
      service: "compute",
      environment: "test",
      taskTime: 0,
      taskLife: 30 * 60_000,
      taskShape: "documented",
      errorCode: "code",
      maxRecoveryPoints: 10,
      ...options,
    };
    this.tasks = new Tasks(this.state, { task: this.options.taskTime, life: this.options.taskLife });
  }

  /** Settings of a connection to it. */
  get connection() {
    const { apiKey, service, environment } = this.options;
    return { platform: "cloudmc", endpoint: `${this.url}/api/v1`, apiKey, service, environment };
  }

  override close(): Promise<void> {
    this.tasks.stop();
    return super.close();
  }

  protected handle(request: SimulatedRequest): SimulatedReply {
    try {
      return json(200, this.answer(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message, context } = error;
      return json(error.status, { errors: [{ [this.options.errorCode]: code, message, ...(context && { context }) }] });
    }
  }

  private answer(request: SimulatedRequest): unknown {
    if (request.headers["mc-api-key"] !== this.options.apiKey) {
      throw new Refusal(403, 1001, "The API key is not valid or its user may not do this.");
    }
    const [api, version, ...path] = request.path.split("/").slice(1).map(decodeURIComponent);
    if (api !== "api" || version !== "v1") throw new Refusal(404, 1004, "There is nothing here.");
    if (path[0] === "tasks" && path[1] !== undefined && path.length === 2) return this.task(request, path[1]);
    const [services, service, environment, entity, id, ...more] = path;
    if (services !== "services" || entity === undefined || more.length > 0) {
      throw new Refusal(404, 1004, "There is nothing here.");
    }
    if (service !== this.options.service) throw missing("service connection", service ?? "");
    if (environment !== this.options.environment) throw missing("environment", environment ?? "");
    if (request.method !== "GET") return this.change(request, entity, id);
    return id === undefined ? listOf(this.state, entity, request.query) : oneOf(this.state, entity, id);
  }

  private change(request: SimulatedRequest, entity: string, id: string | undefined): unknown {
    if (request.method === "POST" && !/^application\/json/.test(request.headers["content-type"] ?? "")) {
      throw badField("The content type must be application/json.");
    }
    const { maxRecoveryPoints } = this.options;
    const body = parse(request.body);
    const operation = request.query.get("operation") ?? undefined;
    const asked = { method: request.method, entity, id, operation, body };
    const { task, data } = changeOf(this.state, this.tasks, { maxRecoveryPoints }, asked);
    return { taskId: task.id, taskStatus: task.status, ...(data === undefined ? {} : { data }) };
  }

  private task(request: SimulatedRequest, id: string): unknown {
    if (request.method !== "GET") throw new Refusal(405, 1005, "Tasks can only be read.");
    const task = this.state.tasks.get(id);
    if (task === undefined) throw missing("task", id);
    return this.options.taskShape === "documented" ? documented(task) : asClientsRead(task);
  }
}

function documented({ id, status, result }: SimulatedTask) {
  return { taskId: id, taskStatus: status, ...(result === undefined ? {} : { result }) };
}

function asClientsRead({ id, status, created, result }: SimulatedTask) {
  const fields = { id, status, created: new Date(created).toISOString() };
  return { data: result === undefined ? fields : { ...fields, result } };
}

function parse(body: string): Record<string, unknown> {
  if (body === "") return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Returned below.
  }
  throw badField("The body is not a JSON object.");
}

function json(status: number, value: unknown): SimulatedReply {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}
