import { isDeepStrictEqual } from "node:util";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { toPulumi } from "../../provider/adapters/pulumi";
import { RunNotes } from "../../provider/adapters/run-notes";
import { PartialStateError } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import { AdapterSession } from "../../provider/runtime/session";
import { type Properties, UNKNOWN } from "../support/protocol";
import { type Command, Display } from "./display";
import { type Answer, Monitor, type Registered } from "./monitor";
import { Program, settingOf } from "./program";
import { managedOf, plainInputs, type Values } from "./resources";

/*
 * Runs the quickstart's program on a machine without the Pulumi CLI: it runs the program and the lifecycles behind the
 * dynamic resources, and keeps the state in memory. It is not a Pulumi engine: the product is tested on the real one
 * (testing/e2e).
 */

interface Kept {
  type: string;
  name: string;
  id: string;
  inputs: Values;
  outputs: Values;
}

export interface DemoOptions {
  /** The folder of a Pulumi project for Node. */
  directory: string;
  stack: string;
  /** Keys include their namespace. */
  config: Record<string, string>;
  write(line: string): void;
  signal: AbortSignal;
}

/** One stack with its state. */
export class DemoStack {
  /** In order of creation. */
  private readonly state = new Map<string, Kept>();

  constructor(private readonly options: DemoOptions) {}

  /** @returns whether it succeeded */
  async run(command: Command): Promise<boolean> {
    return new Operation(command, this.options, this.state).run();
  }
}

class Operation {
  private readonly display: Display;
  private readonly session: AdapterSession;
  private readonly notes = new RunNotes();
  private readonly registered = new Set<string>();
  /** Replaced resources, which are deleted after the program has ended. */
  private readonly replaced: [string, Kept][] = [];
  private outputs: Properties = {};
  private failed = false;

  constructor(
    private readonly command: Command,
    private readonly options: DemoOptions,
    private readonly state: Map<string, Kept>,
  ) {
    const { config, stack, write } = options;
    this.display = new Display(command, stack, write);
    const pool = new ConnectionPool(() => ({ config: config["snapstate:connections"], environment: {} }));
    this.session = new AdapterSession(pool, (urn = "", { message, severity }) => {
      if (severity !== undefined) this.display.diagnostic(severity, message, urn);
    });
    options.signal.addEventListener("abort", this.cancel, { once: true });
  }

  async run(): Promise<boolean> {
    try {
      if (this.command === "refresh") await this.refresh();
      else if (this.command === "destroy") await this.destroy();
      else await this.runProgram();
    } finally {
      this.options.signal.removeEventListener("abort", this.cancel);
      await this.session.end();
    }
    this.display.end(this.outputs);
    return !this.failed && !this.options.signal.aborted;
  }

  private readonly cancel = () => this.session.cancel();

  private async runProgram(): Promise<void> {
    const { directory, stack, config, signal } = this.options;
    const project = settingOf(directory, "name") ?? "project";
    const monitor = new Monitor(project, stack, {
      register: (resource) => this.register(resource),
      outputs: (properties) => {
        this.outputs = properties;
      },
      log: (severity, message, urn) => {
        if (severity === LogSeverity.ERROR) this.fail(message, urn);
        else if (severity !== LogSeverity.DEBUG)
          this.display.diagnostic(severity === LogSeverity.WARNING ? "warning" : "info", message, urn);
      },
    });
    await monitor.listen();
    const preview = this.command === "preview";
    const { address } = monitor;
    const onLine = (line: string) => this.options.write(`    ${line}`);
    const program = new Program({ directory, project, stack, config, preview, address, onLine });
    const stop = () => void program.stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if ((await program.exit) !== 0) this.failed = true;
      if (!this.failed) await this.dropRest(preview);
    } finally {
      signal.removeEventListener("abort", stop);
      await program.stop();
      monitor.close();
    }
  }

  private async register({ urn, type, name, inputs }: Registered): Promise<Answer> {
    // Each provider needs its own name; there is only one of each here.
    if (type.startsWith("pulumi:providers:")) return { id: name, outputs: inputs };
    try {
      return await this.session.track(() => this.apply(urn, type, name, plainInputs(inputs)));
    } catch (error) {
      if (error instanceof PartialStateError)
        this.state.set(urn, { type, name, id: error.id, inputs, outputs: error.outputs });
      this.fail((error as Error).message, urn);
      return undefined;
    } finally {
      this.registered.add(urn);
    }
  }

  private async apply(urn: string, type: string, name: string, given: Values): Promise<Answer> {
    const resource = managedOf(type);
    const old = this.state.get(urn);
    this.notes.noteCheck(urn, old?.inputs.marker);
    if (old !== undefined) this.notes.noteState(urn, old.outputs);
    const context = { ...this.session.context(urn), ...this.notes.about(urn) };
    const { inputs, failures, warnings } = await resource.check(old?.inputs, given, context);
    for (const message of warnings) this.display.diagnostic("warning", message, urn);
    if (failures.length > 0) {
      for (const { property, reason } of failures) this.fail(`${property}: ${reason}`, urn);
      return undefined;
    }
    const preview = this.command === "preview";
    const keep = (id: string, outputs: Values): Answer => {
      this.state.set(urn, { type, name, id, inputs, outputs });
      return { id, outputs: outputs as Properties };
    };
    const unknown = () => {
      const names = Object.keys(resource.outputs).filter((key) => inputs[key] === undefined);
      return { ...toPulumi(inputs), ...Object.fromEntries(names.map((key) => [key, UNKNOWN])) } as Properties;
    };
    const diff = old && (await resource.diff(old.id, old.outputs, inputs, context));
    if (old === undefined || (diff !== undefined && diff.replaces.length > 0)) {
      const op = old === undefined ? "create" : "replace";
      if (old !== undefined && !preview && !diff?.deleteBeforeReplace) this.replaced.push([urn, old]);
      if (old !== undefined && !preview && diff?.deleteBeforeReplace) {
        if (!(await this.drop(urn, old))) return undefined;
        this.state.delete(urn);
        this.display.deletedOriginal(type, name);
      }
      this.display.step(op, type, name, diff?.replaces);
      if (preview) return { id: "", outputs: unknown() };
      const made = await resource.create(
        old === undefined ? inputs : (await resource.check(undefined, given, context)).inputs,
        context,
      );
      return keep(made.id, made.outputs);
    }
    const { updates } = diff as NonNullable<typeof diff>;
    this.display.step(updates.length > 0 ? "update" : "same", type, name, updates);
    if (updates.length === 0) return { id: old.id, outputs: old.outputs as Properties };
    if (preview) return { id: old.id, outputs: { ...old.outputs, ...toPulumi(inputs) } as Properties };
    return keep(old.id, await resource.update(old.id, old.outputs, inputs, context));
  }

  /** Deletes replaced resources and those that the program no longer declares. */
  private async dropRest(preview: boolean): Promise<void> {
    for (const [urn, old] of this.replaced.reverse()) {
      if (await this.drop(urn, old)) this.display.deletedOriginal(old.type, old.name);
    }
    for (const [urn, old] of [...this.state].reverse()) {
      if (this.registered.has(urn)) continue;
      this.display.step("delete", old.type, old.name);
      if (!preview && (await this.drop(urn, old))) this.state.delete(urn);
    }
  }

  private async destroy(): Promise<void> {
    for (const [urn, kept] of [...this.state].reverse()) {
      if (!(await this.drop(urn, kept))) return;
      this.display.step("delete", kept.type, kept.name);
      this.state.delete(urn);
    }
  }

  private async refresh(): Promise<void> {
    for (const [urn, kept] of [...this.state]) {
      const resource = managedOf(kept.type);
      const read = await resource.read(kept.id, kept.outputs, this.session.context(urn));
      if (read === undefined) {
        this.display.step("delete", kept.type, kept.name);
        this.state.delete(urn);
        continue;
      }
      const keys = Object.keys({ ...kept.outputs, ...read.outputs });
      const changed = keys.filter((key) => !isDeepStrictEqual(kept.outputs[key], read.outputs[key]));
      this.display.step(changed.length > 0 ? "update" : "same", kept.type, kept.name, changed);
      this.state.set(urn, { ...kept, id: read.id, inputs: read.inputs, outputs: read.outputs });
    }
  }

  private async drop(urn: string, { type, id, outputs }: Kept): Promise<boolean> {
    try {
      await this.session.track(() => managedOf(type).delete(id, outputs, this.session.context(urn)));
      return true;
    } catch (error) {
      this.fail((error as Error).message, urn);
      return false;
    }
  }

  private fail(message: string, urn: string): void {
    this.failed = true;
    this.display.diagnostic("error", message, urn);
  }
}
