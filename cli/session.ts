import { redact, SnapstateError } from "../provider/core/errors";
import { onCall, type TracedCall } from "../provider/core/operation";
import { type Context, cancelSource, ProcessMemory } from "../provider/resources";
import { ConnectionPool, type ConnectionSources, connectionNames } from "../provider/runtime";
import { type Configuration, type ConfigurationOptions, readConfiguration } from "./configuration";
import { type Format, formatted } from "./output/format";
import { safe } from "./output/text";
import { Progress } from "./progress";
import type { Terminal } from "./terminal";

export interface SessionOptions extends ConfigurationOptions {
  output: Format;
  verbose?: boolean;
}

/** Context of one command: settings, connections and output. */
export class Session {
  readonly progress: Progress;
  private configuration: Configuration = { policies: {} };
  private format: Format = "table";
  private lastNews = "";
  private stopWatching: (() => void) | undefined;
  private readonly pool = new ConnectionPool(() => this.sources());
  private readonly stopping = cancelSource();
  private readonly memory = new ProcessMemory();

  constructor(readonly terminal: Terminal) {
    this.progress = new Progress(terminal.stderr);
  }

  /** Called by each command before anything else. @throws SnapstateError `bad-input` for a file that cannot be used */
  async begin(options: SessionOptions): Promise<Configuration> {
    this.format = options.output;
    if (options.verbose) this.stopWatching ??= onCall((call) => this.warn(describeCall(call)));
    this.configuration = await readConfiguration(options, this.terminal);
    return this.configuration;
  }

  /** The given connection, or the only one, or `default`. */
  connection(named: string | undefined): string {
    const names = connectionNames(this.sources());
    return named ?? (names.length === 1 ? (names[0] as string) : "default");
  }

  /** The given connections, or all. @throws SnapstateError `bad-input` if there is none */
  connections(named: readonly string[]): string[] {
    if (named.length > 0) return [...new Set(named)];
    const names = connectionNames(this.sources());
    if (names.length > 0) return names;
    const { file } = this.configuration;
    throw new SnapstateError({
      kind: "bad-input",
      operation: "open the connections",
      detail: `none is configured${file === undefined ? "" : ` in ${file}`}`,
      hint: "Set SNAPSTATE_<NAME>_PLATFORM, SNAPSTATE_<NAME>_ENDPOINT and so on, create a snapstate.yaml, or use --connections or --stack",
    });
  }

  /** The context for queries and lifecycles. @param news whether to show progress on stderr */
  context(news = false): Context {
    return {
      driver: (name) => this.pool.get(name),
      signal: this.stopping.signal,
      report: ({ message, severity }) => {
        // A task that is polled reports the same again and again.
        if ((news || severity === "warning") && message !== this.lastNews) this.warn(message);
        this.lastNews = message;
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

  get isForPeople(): boolean {
    return this.format === "table";
  }

  /** A result on stdout, for people or as data. */
  show(data: unknown, forPeople: () => string): void {
    this.print(this.format === "table" ? forPeople() : formatted(data, this.format));
  }

  /** One or more lines on stdout. */
  print(text: string): void {
    this.progress.clear();
    this.terminal.stdout.write(`${text}\n`);
  }

  /** One line on stderr. */
  warn(text: string): void {
    this.progress.clear();
    this.terminal.stderr.write(`${safe(redact(text))}\n`);
  }

  async close(): Promise<void> {
    this.progress.clear();
    await this.pool.close();
    this.stopWatching?.();
  }

  private sources(): ConnectionSources {
    const { connections, origin } = this.configuration;
    const { environment } = this.terminal;
    return { ...(connections === undefined ? {} : { config: connections, origin }), environment };
  }
}

function describeCall({ where, operation, purpose, outcome, milliseconds }: TracedCall): string {
  return `${new Date().toISOString().slice(11, 23)}  ${where}  ${operation}  ${outcome}  ${milliseconds} ms  (${purpose})`;
}
