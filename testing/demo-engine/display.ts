import { UNKNOWN } from "../support/protocol";

/** The operation on a resource. */
export type Op = "create" | "update" | "replace" | "delete" | "refresh" | "same";

const SIGNS: Record<Op, string> = {
  create: "+ ",
  update: "~ ",
  replace: "+-",
  delete: "- ",
  refresh: "~ ",
  same: "  ",
};
const DONE: Record<Op, string> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  refresh: "refreshed",
  same: "unchanged",
};

export type Command = "preview" | "up" | "refresh" | "destroy";
const TITLES: Record<Command, string> = {
  preview: "Previewing update",
  up: "Updating",
  refresh: "Refreshing",
  destroy: "Destroying",
};

/** Prints a run as the CLI does, in its order and wording: steps, diagnostics, outputs, counts. */
export class Display {
  private readonly counts = new Map<Op, number>();
  private readonly diagnostics: string[] = [];

  constructor(
    private readonly command: Command,
    stack: string,
    private readonly write: (line: string) => void,
  ) {
    write(`${TITLES[command]} (${stack}):`);
  }

  step(op: Op, type: string, name: string, changed: readonly string[] = []): void {
    this.counts.set(op, (this.counts.get(op) ?? 0) + 1);
    if (op === "same") return;
    const diff = changed.length === 0 ? "" : ` [diff: ${changed.map((key) => `~${key}`).join(",")}]`;
    if (op === "replace" && this.command !== "preview") this.line("++", type, name, "created replacement");
    this.line(SIGNS[op], type, name, `${this.command === "preview" ? op : DONE[op]}${diff}`);
  }

  /** A replaced resource is deleted after the program has ended. */
  deletedOriginal(type: string, name: string): void {
    this.line("--", type, name, "deleted original");
  }

  private line(sign: string, type: string, name: string, done: string): void {
    // The CLI shortens `random:index/randomPet:RandomPet` in the same way.
    this.write(` ${sign} ${type.replace(/^(\w+:\w+)\/\w+:/, "$1:")} ${name} ${done}`);
  }

  diagnostic(severity: "info" | "warning" | "error", message: string, urn: string): void {
    const [, , type = "", name = ""] = urn.split("::");
    const text = severity === "info" ? message : `${severity}: ${message}`;
    this.diagnostics.push(`  ${type} (${name}):`, ...text.split("\n").map((line) => `    ${line}`));
  }

  end(outputs: Readonly<Record<string, unknown>>): void {
    if (this.diagnostics.length > 0) this.write(["", "Diagnostics:", ...this.diagnostics].join("\n"));
    const shown = Object.entries(outputs).map(
      ([key, value]) => `    ${key}: ${JSON.stringify(value).replaceAll(`"${UNKNOWN}"`, "[unknown]")}`,
    );
    if (shown.length > 0 && this.command !== "destroy") this.write(["", "Outputs:", ...shown].join("\n"));
    const counted = [...this.counts].map(([op, count]) => {
      const verb = this.command === "preview" && op !== "same" ? `to ${op}` : DONE[op];
      return `    ${op === "same" ? "" : `${SIGNS[op].trim()} `}${count} ${verb}`;
    });
    this.write(["", "Resources:", ...counted, ""].join("\n"));
  }
}
