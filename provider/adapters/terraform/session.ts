import { SnapstateError, wordRemedies } from "../../core/errors";
import type { Driver } from "../../platforms/contract";
import type { Context, Values } from "../../resources";
import { ConnectionPool } from "../../runtime";
import { AdapterSession } from "../../runtime/session";
import { hasUnknown, UNKNOWN } from "../../schema/unknown";
import { RunNotes } from "../run-notes";
import { type Diagnostic, warningOf } from "./diagnostics";
import { Claims } from "./identity";
import type { PrivateState } from "./private-state";
import { terraformRemedies } from "./remedies";

wordRemedies(terraformRemedies);

/** One configured provider: its connections, its owner, and the identities of this run. */
export class TerraformSession {
  readonly claims = new Claims();
  readonly notes = new RunNotes();
  private readonly session: AdapterSession;
  /** The last take-over of each id. */
  private readonly tookOver = new Map<string, number>();

  /**
   * @param connections by name; in a plan their settings may contain unknown values
   * @param owner one for each root module and workspace
   */
  constructor(
    private readonly connections: unknown,
    readonly owner: string,
  ) {
    const config = connections === undefined ? undefined : JSON.stringify(connections);
    const sources = () => ({ config, environment: process.env });
    const pool = new KnownConnections((name) => this.isUnknown(name), sources);
    this.session = new AdapterSession(pool, () => {});
  }

  /** Called for each state that is read. */
  noteTakeOver(typeName: string, id: unknown, { tookOverAt = 0 }: PrivateState): void {
    const key = `${typeName} ${id}`;
    this.tookOver.set(key, Math.max(tookOverAt, this.tookOver.get(key) ?? 0));
  }

  /** Whether another state of this run has taken over what this one describes. */
  isSuperseded(typeName: string, id: unknown, { tookOverAt = 0 }: PrivateState): boolean {
    return tookOverAt < (this.tookOver.get(`${typeName} ${id}`) ?? 0);
  }

  /** The inputs of a resource to be created: one whose connection is not known yet is planned without its platform. */
  plannable(inputs: Values): Values {
    const { connection = "default" } = inputs;
    return this.isUnknown(String(connection)) ? { ...inputs, connection: UNKNOWN } : inputs;
  }

  private isUnknown(name: string): boolean {
    const { connections } = this;
    return hasUnknown(typeof connections === "object" ? (connections as Values)[name] : connections);
  }

  /** Runs a lifecycle call. Terraform shows no progress, only warnings, each once. */
  async run<T>(
    identity: string | undefined,
    diagnostics: Diagnostic[],
    work: (context: Context) => Promise<T>,
  ): Promise<T> {
    const context: Context = {
      ...this.session.context(identity),
      ...this.notes.about(identity),
      claims: true,
      report: ({ message, severity }) => {
        if (severity === "warning") diagnostics.push(warningOf(message));
      },
    };
    return this.session.track(() => work(context));
  }

  cancel(): void {
    this.session.cancel();
  }

  end(): Promise<void> {
    return this.session.end();
  }
}

/** Refuses to open a connection of which a setting is not known before the apply. */
class KnownConnections extends ConnectionPool {
  constructor(
    private readonly isUnknown: (name: string) => boolean,
    sources: ConstructorParameters<typeof ConnectionPool>[0],
  ) {
    super(sources);
  }

  override get(name: string): Driver {
    if (!this.isUnknown(name)) return super.get(name);
    throw new SnapstateError({
      kind: "bad-input",
      operation: `open connection ${JSON.stringify(name)}`,
      detail: `settings of connection ${JSON.stringify(name)} are not known before the apply`,
      hint: "Apply what they depend on first, with -target",
    });
  }
}
