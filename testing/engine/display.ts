import { styleText } from "node:util";
import type { RunResult } from "./stack";
import type { EngineEvent, Properties, Step, StepOp, Value } from "./types";
import { containsUnknown, isSecret, UNKNOWN } from "./values";

type Style = Parameters<typeof styleText>[0];

/** Signs and colours of the steps, as Pulumi's own display has them. */
const LOOK: Record<StepOp, { sign: string; style: Style }> = {
  same: { sign: "  ", style: "reset" },
  create: { sign: "+ ", style: "green" },
  update: { sign: "~ ", style: "yellow" },
  delete: { sign: "- ", style: "red" },
  replace: { sign: "+-", style: "magenta" },
  "create-replacement": { sign: "++", style: "green" },
  "delete-replaced": { sign: "--", style: "red" },
  read: { sign: "> ", style: "cyan" },
  refresh: { sign: "~ ", style: "yellow" },
  import: { sign: "= ", style: "cyan" },
  discard: { sign: "< ", style: "cyan" },
};

/** Long texts of the dynamic provider and values that the program gives no reader anything. */
const HIDDEN = new Set(["__provider", "owner", "marker", "desired"]);

/** Writes a run as a person reads it: a row a resource, its changes below, what was said of it, and the count. */
export class Display {
  private readonly interactive: boolean;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly preview: boolean,
  ) {
    this.interactive = out.isTTY === true;
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.kind === "step-end") this.step(event.step);
    if (event.kind !== "diagnostic") return;
    const { message, severity, urn, ephemeral } = event.diagnostic;
    const row = urn ? `${urn.split("::").at(-1)}: ` : "";
    if (!ephemeral)
      this.line(
        `     ${severity}: ${row}${message}`,
        severity === "error" ? "red" : severity === "warning" ? "yellow" : "reset",
      );
    else if (this.interactive) this.out.write(`     ${row}${message}\x1b[K\r`);
  };

  end(result: RunResult): void {
    const words: Partial<Record<StepOp, string>> = {
      same: "unchanged",
      "create-replacement": "",
      "delete-replaced": "",
    };
    const counts = Object.entries(result.summary).flatMap(([op, count]) => {
      const word = words[op as StepOp] ?? (this.preview ? `to ${op}` : `${op}${op.endsWith("e") ? "d" : "ed"}`);
      return word === "" ? [] : [`${LOOK[op as StepOp].sign.trim()} ${count} ${word}`.trim()];
    });
    this.line(`Resources: ${counts.join(", ") || "none"}`);
    if (result.error) this.line(`error: ${result.error}`, "red");
  }

  private step(step: Step): void {
    // A refresh that found nothing new, and what stays as it is, is counted and not listed.
    const quiet = step.op === "same" || (step.op === "refresh" && step.diff.length === 0);
    if (quiet || step.type.startsWith("pulumi:providers:") || (step.type === "pulumi:pulumi:Stack" && !step.error))
      return;
    const { sign, style } = LOOK[step.op];
    const shown = step.diff.filter((key) => !HIDDEN.has(key.replace(/^[+-]/, "")));
    const diff =
      shown.length > 0 ? ` [diff: ${shown.map((key) => (/^[+-]/.test(key) ? key : `~${key}`)).join(",")}]` : "";
    const state = step.error ? " **failed**" : "";
    this.line(
      ` ${sign}  ${step.type.replace("pulumi-nodejs:dynamic/", "")} ${step.name} ${step.op}${diff}${state}`,
      style,
    );
    for (const key of shown) this.change(key.replace(/^[+-]/, ""), step);
  }

  private change(key: string, { old = {}, new: news, replaceKeys }: Step): void {
    if (news === undefined) return;
    const forces = replaceKeys.includes(key) ? " (forces replacement)" : "";
    this.line(`        ~ ${key}: ${show(old[key])} => ${show(news[key])}${forces}`);
  }

  private line(text: string, style: Style = "reset"): void {
    this.out.write(`${this.interactive ? "\r\x1b[K" : ""}${this.interactive ? styleText(style, text) : text}\n`);
  }
}

function show(value: Value | undefined): string {
  if (value === undefined) return "<none>";
  if (isSecret(value)) return "[secret]";
  if (value === UNKNOWN || containsUnknown(value)) return "output<known after up>";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Outputs as `pulumi stack output` prints them. */
export function showOutputs(outputs: Properties): string {
  return Object.entries(outputs)
    .map(([key, value]) => `    ${key}: ${show(value)}`)
    .join("\n");
}
