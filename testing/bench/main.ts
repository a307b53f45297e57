import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";
import { throughEngine } from "./engine";
import { besideNaive } from "./naive";
import { platforms } from "./platforms";
import { scale } from "./scale";
import { start } from "./start";
import { type Bound, boundTable, kept } from "./tables";
import { onOpenTofu } from "./terraform";

/*
 * `npm run bench` measures calls, time and memory. Most bounds are counts of calls, which do not depend on the speed of
 * the machine; times are only compared with other times of the same run. `npm run bench -- --write` updates
 * docs/performance.md; words such as `scale` run single parts.
 */

interface Part {
  title: string;
  run(): Promise<string | { text: string; bounds: Bound[] }>;
}

const PARTS: Record<string, Part> = {
  engine: { title: "Through the engine", run: throughEngine },
  start: { title: "Start", run: start },
  scale: { title: "Scale", run: scale },
  opentofu: { title: "On OpenTofu", run: onOpenTofu },
  naive: { title: "Beside a naive client", run: besideNaive },
  platforms: { title: "Every platform", run: platforms },
};

const PAGE = join(packageRoot(__dirname), "docs", "performance.md");

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word) => word !== "--write");
  const unknown = words.filter((word) => PARTS[word] === undefined);
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  const chosen = words.length > 0 ? words.map((word) => PARTS[word] as Part) : Object.values(PARTS);
  const sections = new Map(existsSync(PAGE) ? sectionsOf(readFileSync(PAGE, "utf8")) : []);
  for (const { title, run } of chosen) {
    const [busy = 0] = loadavg();
    const result = await run();
    const { text, bounds } = typeof result === "string" ? { text: result, bounds: [] } : result;
    const where = `On ${cpus().length} cores with a load of ${busy.toFixed(1)} at the start, Node ${process.version}.`;
    const section = [text, "", ...(bounds.length > 0 ? [boundTable(bounds), ""] : []), where].join("\n");
    process.stdout.write(`\n## ${title}\n\n${section}\n`);
    sections.set(title, section);
    if (!bounds.every(kept)) process.exitCode = 1;
  }
  if (process.argv.includes("--write")) writeFileSync(PAGE, page(sections));
}

/** Sections of a page by title, so that parts that are not run stay unchanged. */
function sectionsOf(text: string): [string, string][] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end).trim()];
    });
}

function page(sections: ReadonlyMap<string, string>): string {
  const parts = Object.values(PARTS).flatMap(({ title }) => {
    const section = sections.get(title);
    return section === undefined ? [] : ["", `## ${title}`, "", section];
  });
  const head =
    "Made by `npm run bench -- --write`, with everything, the simulators too, on one machine: times depend on that and on what else it does; calls hardly do. `npm run bench -- scale --write` makes one part anew.";
  return ["# Performance", "", head, ...parts, ""].join("\n");
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
