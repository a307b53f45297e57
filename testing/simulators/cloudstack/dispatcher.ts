import type { SimulatedReply, SimulatedRequest } from "../http-simulator";
import { ApiError, CS_CODES, notVerified } from "./api-error";
import { commandNamed } from "./commands";
import { type Command, changesState, isAsync } from "./commands/command";
import type { Jobs } from "./jobs";
import { type ApiCall, Parameters } from "./parameters";
import type { AccountRow } from "./records";
import { parameterOf, verify } from "./signature";
import type { CrashPoint } from "./simulator";
import type { CloudState } from "./state";
import { toXml } from "./xml";

/** Handles a request: signature, role, parameters, command, job. */
export class Dispatcher {
  readonly limiter = new RequestLimiter();

  constructor(
    private readonly state: CloudState,
    private readonly jobs: Jobs,
    private readonly crashAt: (command: string, point: CrashPoint) => void,
  ) {}

  handle(request: SimulatedRequest): SimulatedReply {
    if (request.path.replace(/\/$/, "") !== "/client/api") return { status: 404, body: "<html>404 Not Found</html>" };
    const given = parametersOf(request);
    const answer = this.answer(request, given);
    const json = parameterOf(given, "response")?.toLowerCase() === "json";
    return {
      status: answer.status,
      headers: { "Content-Type": `${json ? "application/json" : "text/xml"};charset=utf-8`, ...answer.headers },
      body: json ? JSON.stringify(answer.body) : toXml(answer.body, this.state.settings.version),
    };
  }

  private answer(request: SimulatedRequest, given: ReadonlyMap<string, string>) {
    const command = commandNamed(parameterOf(given, "command") ?? "");
    const wrapper = command === undefined ? "errorresponse" : `${command.name.toLowerCase()}response`;
    let role: AccountRow["role"] = "User";
    try {
      const account = this.authenticate(request, given, command);
      role = account.role;
      this.limiter.check();
      // Checked after the signature, with the same message.
      if (command === undefined) throw notVerified();
      mayCall(account, command);
      const values = new Map([...given].map(([name, value]) => [name.toLowerCase(), value]));
      const parameters = new Parameters(values, command.parameters, command.name, this.state);
      const body = this.carryOut(command, { command: command.name, parameters, account, state: this.state });
      return { status: 200, headers: {}, body: { [wrapper]: body } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.as(role).reply(error.code === 432 ? "errorresponse" : wrapper);
    }
  }

  private authenticate(
    request: SimulatedRequest,
    given: ReadonlyMap<string, string>,
    command: Command | undefined,
  ): AccountRow {
    const key = parameterOf(given, "apikey");
    const [account] = this.state.accounts.filter(({ apiKey }) => apiKey === key);
    if (account === undefined || account.state !== "enabled") throw notVerified();
    const { enforcePostAndTimestamps: enforced, clockAhead } = this.state.settings;
    verify(given, account.secretKey, { now: new Date(Date.now() + clockAhead * 1000), enforced });
    if (enforced && command !== undefined && changesState(command) && request.method !== "POST") {
      throw new ApiError(
        400,
        CS_CODES.api,
        `State changing command ${command.name} needs to be sent using POST request`,
      );
    }
    return account;
  }

  private carryOut(command: Command, call: ApiCall): object {
    if (!isAsync(command)) return command.answer(call);
    const started = command.begin(call);
    this.crashAt(command.name, "allocated");
    const job = this.jobs.start(command, started, call.account, call.parameters.text("customjobid"));
    this.crashAt(command.name, "accepted");
    return { ...(started.id !== undefined && { id: started.id }), jobid: job.id };
  }
}

/** `api.throttling`: the next requests of any account exceed the limit. */
class RequestLimiter {
  private left = 0;

  refuse(requests: number): void {
    this.left = requests;
  }

  /** @throws ApiError 429 */
  check(): void {
    if (this.left <= 0) return;
    this.left--;
    const text = "The given user has reached his/her account api limit, please retry after 34 ms.";
    throw new ApiError(429, CS_CODES.api, text);
  }
}

function mayCall(account: AccountRow, command: Command): void {
  if (command.only === undefined || command.only === account.role) return;
  throw new ApiError(
    432,
    CS_CODES.api,
    `The API [${command.name}] does not exist or is not available for the account for user id [${account.userId}].`,
  );
}

/** Parameters of the URL and of a form in the body. */
function parametersOf({ query, body, headers }: SimulatedRequest): Map<string, string> {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return new Map([...query, ...(isForm ? new URLSearchParams(body) : [])]);
}
