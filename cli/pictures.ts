import type { Command } from "commander";
import writeFileAtomic from "write-file-atomic";
import { SnapstateError } from "../provider/core/errors";
import type { SnapshotKind } from "../provider/platforms/contract";
import type { SnapshotReport } from "../provider/resources";
import { drawMermaid } from "./draw/mermaid";
import { drawSvg } from "./draw/svg";
import { count } from "./output/text";
import { renderPage } from "./page/render";
import type { Session } from "./session";

/** Files to write; `-` is stdout. */
export interface PictureOptions {
  html?: string;
  svg?: string;
  mermaid?: string;
  kind: SnapshotKind;
}

export function addPictures(command: Command): Command {
  return command
    .option("--html <file>", "write the report as one HTML file; - for stdout")
    .option("--svg <file>", "write the trees as an SVG picture; - for stdout")
    .option("--mermaid <file>", "write the trees as a Mermaid flowchart; - for stdout");
}

/** Mermaid's default limit of edges (maxEdges). */
const MERMAID_EDGES = 500;

/**
 * Writes the requested pictures.
 *
 * @returns whether anything was written, and whether to stdout
 * @throws SnapstateError `bad-input` when a file cannot be written
 */
export async function writePictures(
  session: Session,
  report: SnapshotReport,
  options: PictureOptions,
): Promise<"nothing" | "files" | "stdout"> {
  const wanted = [
    [options.html, (): string => renderPage(report, { kind: options.kind })],
    [options.svg, (): string => drawSvg(report)],
    [options.mermaid, (): string => drawMermaid(report)],
  ] as const;
  for (const [file, draw] of wanted) {
    if (file === undefined) continue;
    if (file === "-") session.print(draw().trimEnd());
    else await write(file, draw());
  }
  const drawn = report.targets.reduce((sum, target) => sum + target.snapshots.length, 0);
  if (options.mermaid !== undefined && drawn > MERMAID_EDGES) {
    session.warn(`${count(drawn, "snapshot")} exceed Mermaid's limit (${MERMAID_EDGES}). List fewer VMs, or use --svg`);
  }
  const files = wanted.flatMap(([file]) => file ?? []);
  if (files.length === 0) return "nothing";
  return files.includes("-") ? "stdout" : "files";
}

async function write(file: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(file, content);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SnapstateError({ kind: "bad-input", operation: `write ${JSON.stringify(file)}`, detail, cause });
  }
}
