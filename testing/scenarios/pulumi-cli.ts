import { delimiter, dirname } from "node:path";
import { LocalWorkspace, type OutputMap, type Stack } from "@pulumi/pulumi/automation";
import type { OperationRequest, OpKind, Properties, RefreshRequest } from "../engine";
import { type CommonOptions, isOurs, type Outcome, pluginCommand, type ScenarioStack } from "./stack";

/** The scenarios' stack on the real Pulumi CLI, by its Automation API, with a file backend in a folder of its own. */
export class PulumiCliStack implements ScenarioStack {
  private stack: Promise<Stack> | undefined;
  private resources: object[] = [];

  constructor(private readonly options: CommonOptions & { folder: string }) {}

  declare(...resources: object[]): void {
    this.resources = resources;
  }

  preview = (run?: OperationRequest) =>
    this.run((stack, onOutput) => stack.preview({ onOutput, ...this.flags(run) }), "preview");
  up = (run?: OperationRequest) => this.run((stack, onOutput) => stack.up({ onOutput, ...this.flags(run) }), "up");
  refresh = (run?: RefreshRequest) =>
    this.run(
      (stack, onOutput) =>
        stack.refresh({ onOutput, clearPendingCreates: run?.clearPendingCreates, ...this.flags(run) }),
      "refresh",
    );
  destroy = (run?: OperationRequest) =>
    this.run((stack, onOutput) => stack.destroy({ onOutput, ...this.flags(run) }), "destroy");

  async state(): Promise<Awaited<ReturnType<ScenarioStack["state"]>>> {
    const { deployment } = await (await this.open()).exportStack();
    const resources =
      (
        deployment as {
          resources?: { urn: string; id?: string; inputs?: Properties; outputs?: Properties; initErrors?: string[] }[];
        }
      ).resources ?? [];
    const ours = resources.filter(({ urn }) => isOurs(urn.split("::")[2]?.split("$").at(-1) ?? ""));
    return Object.fromEntries(
      ours.map(({ urn, id = "", inputs = {}, outputs = {}, initErrors }) => [
        urn.split("::").at(-1) ?? urn,
        { id, inputs, outputs, initErrors },
      ]),
    );
  }

  private flags(run: OperationRequest = {}) {
    const { targets, targetDependents, replace, refresh, continueOnError, signal } = run;
    return {
      parallel: this.options.parallel ?? 10,
      target: targets,
      targetDependents,
      replace,
      refresh,
      continueOnError,
      signal,
    };
  }

  private async run(
    work: (stack: Stack, onOutput: (text: string) => void) => Promise<object>,
    kind: string,
  ): Promise<Outcome> {
    const stack = await this.open();
    const face = this.options.config["snapstate:face"];
    if (typeof face === "string") await stack.setConfig("snapstate:face", { value: face });
    await stack.setConfig("scenario:resources", { value: JSON.stringify(this.resources) });
    let text = "";
    const onOutput = (chunk: string) => {
      text += chunk;
    };
    try {
      const result = await work(stack, onOutput);
      const changes =
        "changeSummary" in result
          ? result.changeSummary
          : (result as { summary: { resourceChanges?: object } }).summary.resourceChanges;
      const outputs = kind === "up" ? plainOutputs((result as { outputs: OutputMap }).outputs) : {};
      return {
        ok: true,
        summary: counted((changes ?? {}) as Record<string, number>),
        messages: text.split("\n"),
        outputs,
      };
    } catch (error) {
      return { ok: false, error: `${text}\n${String(error)}`, summary: {}, messages: text.split("\n"), outputs: {} };
    }
  }

  private open(): Promise<Stack> {
    const { folder, stack = "dev", programDirectory, passphrase, environment, config } = this.options;
    const envVars: Record<string, string> = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      // Where the CLI looks for the plugin's executable.
      PATH: [dirname(pluginCommand[1] as string), process.env.PATH].join(delimiter),
    };
    for (const [key, value] of Object.entries(environment ?? {})) if (value !== undefined) envVars[key] = value;
    this.stack ??= LocalWorkspace.createOrSelectStack(
      { stackName: stack, workDir: programDirectory },
      { envVars },
    ).then(async (opened) => {
      for (const [key, value] of Object.entries(config)) {
        await opened.setConfig(key, typeof value === "string" ? { value } : { value: value.secret, secret: true });
      }
      return opened;
    });
    return this.stack;
  }
}

/** The stack's own step is left out, as for the embedded engine. */
function counted(changes: Record<string, number>): Outcome["summary"] {
  const counts: Outcome["summary"] = {};
  for (const [op, count] of Object.entries(changes)) {
    const without = ["create", "same", "delete"].includes(op) ? count - 1 : count;
    if (without > 0) counts[op as OpKind] = without;
  }
  return counts;
}

function plainOutputs(outputs: OutputMap): Properties {
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value])) as Properties;
}
