import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import {
  EmbeddedStack,
  type OperationRequest,
  type OpKind,
  type Properties,
  type RefreshRequest,
  type StepInfo,
} from "../engine";
import { packageRoot } from "../support/package-root";
import type { Vcsim } from "../vcsim/launcher";
import { PulumiCliStack } from "./pulumi-cli";

/** One resource of the scenario program. */
export interface Declared {
  kind: "Snapshot" | "RecoveryPoint" | "ConsolidationTask" | "Restore" | "SnapshotPolicy" | "SnapshotOption";
  name: string;
  args?: Record<string, unknown>;
  options?: Record<string, unknown>;
  dependsOn?: string[];
  /** Read, not managed: an id for `Snapshot.get`. */
  get?: string;
}

/** What both engines tell of a run. */
export interface Outcome {
  ok: boolean;
  error?: string;
  summary: Partial<Record<OpKind, number>>;
  /** Every diagnostic's text. */
  messages: string[];
  outputs: Properties;
  steps?: StepInfo[];
}

/** What a scenario does, on whichever engine. */
export interface ScenarioStack {
  declare(...resources: object[]): void;
  preview(run?: OperationRequest): Promise<Outcome>;
  up(run?: OperationRequest): Promise<Outcome>;
  refresh(run?: RefreshRequest): Promise<Outcome>;
  destroy(run?: OperationRequest): Promise<Outcome>;
  /** Resources of the stack by name: id, inputs and outputs. */
  state(): Promise<Record<string, { id: string; inputs: Properties; outputs: Properties; initErrors?: string[] }>>;
}

const programs = join(packageRoot(__dirname), "testing", "programs");
export const programDirectory = join(programs, "scenario");

export type Face = "dynamic" | "plugin";

/** The face that the whole suite takes; `over-plugin` runs the same scenarios, with the same expectations, over the plugin. */
export function suiteFace(): Face {
  return process.env.SNAPSTATE_SUITE_FACE === "plugin" ? "plugin" : "dynamic";
}

/** The plugin's executable, run by this Node. */
export const pluginCommand = [process.execPath, join(packageRoot(__dirname), "bin", "pulumi-resource-snapstate")];

/** A resource's type over a face: `Snapshot` is `snapstate:index:Snapshot` over the plugin. */
export function typeOver(face: Face, type: string): string {
  return face === "plugin" ? `snapstate:index:${type}` : `pulumi-nodejs:dynamic/snapstate:${type}`;
}

/** Whether a type is one of snapstate's, over either face. */
export function isOurs(type: string): boolean {
  return type.startsWith(typeOver("plugin", "")) || type.startsWith(typeOver("dynamic", ""));
}

export interface ScenarioOptions {
  /** @default the suite's */
  face?: Face;
  /**
   * The folder of another program, whose `resources` are of its own making.
   * @default "scenario"
   */
  program?: string;
  /** @default the simulator's own */
  connection?: Record<string, unknown>;
  stack?: string;
  project?: string;
  environment?: Record<string, string | undefined>;
  parallel?: number;
}

/** The real CLI when it is on the PATH or asked for, else the embedded engine. */
export function scenarioEngine(): "pulumi" | "embedded" {
  const asked = process.env.SNAPSTATE_ENGINE;
  if (asked === "pulumi" || asked === "embedded") return asked;
  const found = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "pulumi")));
  return found ? "pulumi" : "embedded";
}

/** A new stack of the scenario program against a simulator, with its own state file in a folder of its own. */
export function newStack(
  vcsim: Vcsim | ConnectionSettings,
  options: ScenarioOptions = {},
): ScenarioStack & { stateFile: string; remove(): void; take(face: Face): void } {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-scenario-"));
  const config: Record<string, string | { secret: string }> = {
    "snapstate:face": options.face ?? suiteFace(),
    "snapstate:connections": { secret: JSON.stringify({ default: connectionOf(vcsim, options.connection) }) },
  };
  const stateFile = join(folder, "state.json");
  const { program = "scenario", ...rest } = options;
  const common = { programDirectory: join(programs, program), config, passphrase: "scenario", ...rest };
  const engine =
    scenarioEngine() === "pulumi" ? new PulumiCliStack({ ...common, folder }) : new Embedded(common, stateFile);
  return Object.assign(engine, {
    stateFile,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    take: (face: Face) => {
      config["snapstate:face"] = face;
    },
  });
}

/** Of a simulator that has one ready. */
export type ConnectionSettings = Record<string, unknown> & { platform: string };

export function connectionOf(vcsim: Vcsim | ConnectionSettings, change: Record<string, unknown> = {}) {
  if ("platform" in vcsim) return { ...vcsim, ...change };
  const { host, port, username, password, fingerprint } = vcsim;
  return { platform: "vsphere", endpoint: `https://${host}:${port}`, username, password, fingerprint, ...change };
}

export interface CommonOptions extends ScenarioOptions {
  programDirectory: string;
  config: Record<string, string | { secret: string }>;
  passphrase: string;
}

class Embedded implements ScenarioStack {
  private readonly engine: EmbeddedStack;
  private readonly config: Record<string, string | { secret: string }>;

  constructor(options: CommonOptions, stateFile: string) {
    this.config = options.config;
    this.engine = new EmbeddedStack({ ...options, stateFile, plugins: { snapstate: { command: pluginCommand } } });
  }

  declare(...resources: object[]): void {
    this.config["scenario:resources"] = JSON.stringify(resources);
  }

  preview = (run?: OperationRequest) => this.outcome(this.engine.preview(run));
  up = (run?: OperationRequest) => this.outcome(this.engine.up(run));
  refresh = (run?: RefreshRequest) => this.outcome(this.engine.refresh(run), true);
  destroy = (run?: OperationRequest) => this.outcome(this.engine.destroy(run));

  async state() {
    const resources = this.engine.resources().filter(({ type }) => isOurs(type));
    return Object.fromEntries(
      resources.map(({ urn, id = "", inputs, outputs, initErrors }) => [
        urn.split("::").at(-1) ?? urn,
        { id, inputs, outputs, initErrors },
      ]),
    );
  }

  /** @param refreshes count them too; the plugin asks for one before every other operation, which is none of its steps */
  private async outcome(run: ReturnType<EmbeddedStack["up"]>, refreshes = false): Promise<Outcome> {
    const { ok, error, diagnostics, outputs, steps: every } = await run;
    const all = every.filter(({ op }) => refreshes || op !== "refresh");
    // The stack itself and its providers are resources too, which no scenario is about.
    const steps = all.filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
    const summary: Outcome["summary"] = {};
    for (const { op, error: failed } of steps) if (failed === undefined) summary[op] = (summary[op] ?? 0) + 1;
    return { ok, error, summary, messages: diagnostics.map(({ message }) => message), outputs, steps };
  }
}
