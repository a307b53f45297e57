import type { Writable } from "node:stream";
import { createColors } from "picocolors";
import { isShown, renderEnd, stepLines, titleOf } from "./display";
import type { OperationKind, Result } from "./requests";
import type { EngineEvent, StepInfo } from "./types";
import { nameOf, typeOf } from "./urn";

const colours = createColors(true);
const COLOURS: Record<string, "green" | "yellow" | "red" | "magenta" | "cyan"> = {
  "+": "green",
  "++": "green",
  "~": "yellow",
  "-": "red",
  "--": "red",
  "+-": "magenta",
  ">": "cyan",
  "=": "cyan",
};

/**
 * Shows an operation while it runs. On a terminal every step under way has a row that tells its latest news; elsewhere,
 * everything is a line of its own and nothing is taken back.
 */
export class Console {
  private readonly live: boolean;
  private readonly running = new Map<string, { step: StepInfo; since: number; news: string }>();
  private drawn = 0;
  private kind: OperationKind = "up";

  /** @param unshown properties that say nothing to a reader */
  constructor(
    private readonly stream: Writable & { isTTY?: boolean; columns?: number },
    private readonly unshown: readonly string[] = [],
  ) {
    this.live = stream.isTTY === true;
  }

  begin(kind: OperationKind, stack: string): void {
    this.kind = kind;
    this.print([titleOf(kind, stack), ""]);
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.kind === "step-begin") {
      this.running.set(key(event.step), { step: event.step, since: Date.now(), news: "" });
      this.redraw();
    } else if (event.kind === "step-end") {
      this.running.delete(key(event.step));
      const step = { ...event.step, unshown: this.unshown };
      this.print(isShown(step) ? stepLines(step, this.kind === "preview", true) : []);
    } else if (event.diagnostic.ephemeral) {
      const { urn = "", message } = event.diagnostic;
      const row = [...this.running.values()].find(({ step }) => step.urn === urn);
      if (row && this.live) {
        row.news = message;
        this.redraw();
      } else this.print([`    ${typeOf(urn)} ${nameOf(urn)}: ${message}`]);
    }
  };

  end(result: Result): void {
    this.running.clear();
    this.print(renderEnd(this.kind, result));
  }

  private print(lines: string[]): void {
    this.erase();
    if (lines.length > 0) this.stream.write(`${lines.map(this.coloured).join("\n")}\n`);
    this.draw();
  }

  /** By the sign that a line begins with, as Pulumi colours them. */
  private readonly coloured = (line: string): string => {
    if (!this.live) return line;
    const sign = /^\s*(\+\+|\+-|--|[-+~=>])\d*\s/.exec(line)?.[1];
    if (/^\s*error: /.test(line) || line.includes("**failed**")) return colours.red(line);
    if (/^\s*warning: /.test(line)) return colours.yellow(line);
    const colour = sign === undefined ? undefined : COLOURS[sign];
    return colour === undefined ? line : colours[colour](line);
  };

  private redraw(): void {
    if (!this.live) return;
    this.erase();
    this.draw();
  }

  private erase(): void {
    if (this.drawn > 0) this.stream.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (!this.live) return;
    const width = this.stream.columns ?? 80;
    for (const { step, since, news } of this.running.values()) {
      if (step.op === "same") continue;
      const seconds = Math.round((Date.now() - since) / 1000);
      const row = ` @  ${step.type} ${step.name} ${step.op.replaceAll("-", " ")} (${seconds}s) ${news}`;
      // A row that wraps could not be taken back.
      this.stream.write(`${row.replaceAll("\n", " ").slice(0, width - 1)}\n`);
      this.drawn++;
    }
  }
}

function key(step: StepInfo): string {
  return `${step.urn} ${step.op}`;
}
