import type { EngineEvent } from "@pulumi/pulumi/automation";

export interface Step {
  op: string;
  urn: string;
  type: string;
}

/** The result of a run, from the engine's events. */
export interface Outcome {
  ok: boolean;
  /** The CLI's error, if it failed. */
  error?: string;
  /** Successful steps of the program's own resources. */
  summary: Record<string, number>;
  steps: Step[];
  /** Texts of all diagnostics. */
  messages: string[];
  /** The CLI's complete output. */
  output: string;
}

/** Collects an outcome from the engine's events; the CLI's own counts include the stack and providers. */
export class Listener {
  readonly messages: string[] = [];
  readonly steps: Step[] = [];
  output = "";

  readonly onOutput = (text: string) => {
    this.output += text;
  };

  readonly onEvent = ({ diagnosticEvent, resOutputsEvent }: EngineEvent) => {
    if (diagnosticEvent) {
      // Colour markup for terminals.
      this.messages.push(`${diagnosticEvent.prefix ?? ""}${diagnosticEvent.message}`.replace(/<\{%.*?%\}>/g, ""));
    }
    if (resOutputsEvent) {
      const { op, urn, type } = resOutputsEvent.metadata;
      if (type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:")) this.steps.push({ op, urn, type });
    }
  };

  /**
   * @param refreshes count them too; the plugin requests one before every other operation, which is not one of its
   * steps
   */
  outcome(error: unknown, refreshes: boolean): Outcome {
    const steps = this.steps.filter(({ op }) => refreshes || op !== "refresh");
    const summary: Outcome["summary"] = {};
    for (const { op } of steps) summary[op] = (summary[op] ?? 0) + 1;
    const { messages, output } = this;
    const ok = error === undefined;
    return { ok, ...(ok ? {} : { error: String(error) }), summary, steps, messages, output };
  }
}

/** The complete text of a run. */
export function text({ error, messages }: Outcome): string {
  return [error, ...messages].join("\n");
}
