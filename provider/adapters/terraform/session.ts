import { wordRemedies } from "../../core/errors";
import type { Context } from "../../resources";
import { ConnectionPool } from "../../runtime";
import { AdapterSession } from "../../runtime/session";
import { type Diagnostic, warningOf } from "./diagnostics";
import { Claims } from "./identity";
import { terraformRemedies } from "./remedies";

wordRemedies(terraformRemedies);

/** One configured provider: its connections, its owner, and the identities of this run. */
export class TerraformSession {
  readonly claims = new Claims();
  private readonly session: AdapterSession;

  /**
   * @param connections as a JSON text
   * @param owner one for each root module and workspace
   */
  constructor(
    connections: string | undefined,
    readonly owner: string,
  ) {
    const sources = () => ({ config: connections, environment: process.env });
    this.session = new AdapterSession(new ConnectionPool(sources), () => {});
  }

  /** Runs a lifecycle call. Terraform shows no progress, only warnings, each once. */
  async run<T>(
    owner: string | undefined,
    diagnostics: Diagnostic[],
    work: (context: Context) => Promise<T>,
  ): Promise<T> {
    const context: Context = {
      ...this.session.context(owner),
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
