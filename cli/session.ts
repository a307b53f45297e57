import { readFileSync } from "node:fs";
import { ConnectionPool, type ConnectionSources, connectionNames } from "../provider/connections";
import { redact, SnapstateError } from "../provider/errors";
import { type Context, cancelSource, ProcessMemory } from "../provider/resources";
import { safe } from "./output/text";

/** What one command works with: its connections, and where its words go. */
export class Session {
  private file: string | undefined;
  private readonly pool = new ConnectionPool(() => this.sources());
  private readonly stopping = cancelSource();
  private readonly memory = new ProcessMemory();

  /** @param path of a JSON file in the form of `snapstate:connections`. @throws SnapstateError `bad-input` */
  useConnections(path: string): void {
    try {
      this.file = readFileSync(path, "utf8");
    } catch (cause) {
      const doing = `read the connections in ${JSON.stringify(path)}`;
      throw new SnapstateError({ kind: "bad-input", doing, answered: "the file cannot be read", cause });
    }
  }

  /** The connection that was named, or the only one there is, or `default`. */
  connection(named: string | undefined): string {
    const names = connectionNames(this.sources());
    return named ?? (names.length === 1 ? (names[0] as string) : "default");
  }

  /** The connections that were named, or all there are. @throws SnapstateError `bad-input` when there is none */
  connections(named: readonly string[]): string[] {
    if (named.length > 0) return [...new Set(named)];
    const names = connectionNames(this.sources());
    if (names.length > 0) return names;
    throw new SnapstateError({
      kind: "bad-input",
      doing: "open the connections",
      answered: "none is configured",
      hint: "Set SNAPSTATE_<NAME>_PLATFORM, SNAPSTATE_<NAME>_ENDPOINT and so on, or give a file with --connections",
    });
  }

  /** What queries and lifecycles are given. @param news whether to show progress, on stderr */
  context(news = false): Context {
    return {
      hypervisor: (name) => this.pool.get(name),
      signal: this.stopping.signal,
      report: ({ message, severity }) => {
        if (news || severity === "warning") this.warn(message);
      },
      memory: this.memory,
    };
  }

  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Ends every wait. */
  stop(): void {
    this.stopping.abort();
  }

  /** One or more lines on stdout. */
  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** One line on stderr. */
  warn(text: string): void {
    process.stderr.write(`${safe(redact(text))}\n`);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private sources(): ConnectionSources {
    return { ...(this.file === undefined ? {} : { config: this.file }), environment: process.env };
  }
}
