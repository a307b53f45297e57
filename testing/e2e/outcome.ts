import type { EngineEvent } from "@pulumi/pulumi/automation";

export interface Step {
  op: string;
  urn: string;
  type: string;
}

/** What the engine tells of a run. */
export interface Outcome {
  ok: boolean;
  /** What the CLI said when it failed. */
  error?: string;
  /** Steps that went well, of the program's own resources alone. */
  summary: Record<string, number>;
  steps: Step[];
  /** The text of every diagnostic. */
  messages: string[];
  /** All that the CLI has shown. */
  output: string;
}

/** Gathers an outcome from the engine's events: the CLI's own counts have the stack and the providers in them. */
export class Listener {
  readonly messages: string[] = [];
  readonly steps: Step[] = [];
  output = "";

  readonly onOutput = (text: string) => {
    this.output += text;
  };

  readonly onEvent = ({ diagnosticEvent, resOutputsEvent }: EngineEvent) => {
    if (diagnosticEvent) {
      // Where a terminal would have colours.
      this.messages.push(`${diagnosticEvent.prefix ?? ""}${diagnosticEvent.message}`.replace(/<\{%.*?%\}>/g, ""));
    }
    if (resOutputsEvent) {
      const { op, urn, type } = resOutputsEvent.metadata;
      if (type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:")) this.steps.push({ op, urn, type });
    }
  };

  /** @param refreshes count them too; the plugin asks for one before every other operation, which is none of its steps */
  outcome(error: unknown, refreshes: boolean): Outcome {
    const steps = this.steps.filter(({ op }) => refreshes || op !== "refresh");
    const summary: Outcome["summary"] = {};
    for (const { op } of steps) summary[op] = (summary[op] ?? 0) + 1;
    const { messages, output } = this;
    const ok = error === undefined;
    return { ok, ...(ok ? {} : { error: String(error) }), summary, steps, messages, output };
  }
}

/** All that a run said. */
export function text({ error, messages }: Outcome): string {
  return [error, ...messages].join("\n");
}
