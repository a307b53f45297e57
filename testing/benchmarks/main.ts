import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";
import { throughEngine } from "./engine";
import { besideNaive } from "./naive";
import { platforms } from "./platforms";
import { scale } from "./scale";
import { type Bound, boundTable, kept } from "./tables";

/*
 * `npm run bench`: what snapstate costs, in calls, time and memory. Most bounds are counts of calls, which a slow machine does not
 * change; times are only held against each other. `npm run bench -- --write` puts the result into docs/performance.md, and
 * words such as `scale` run those parts alone.
 */

interface Part {
  title: string;
  run(): Promise<string | { text: string; bounds: Bound[] }>;
}

const PARTS: Record<string, Part> = {
  engine: { title: "Through the engine", run: throughEngine },
  scale: { title: "Scale", run: scale },
  naive: { title: "Beside a naive client", run: besideNaive },
  platforms: { title: "Every platform", run: platforms },
};

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word) => word !== "--write");
  const unknown = words.filter((word) => PARTS[word] === undefined);
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  const chosen = words.length > 0 ? words.map((word) => PARTS[word] as Part) : Object.values(PARTS);
  const bounds: Bound[] = [];
  const sections: string[] = [];
  for (const { title, run } of chosen) {
    const result = await run();
    const { text, bounds: own } = typeof result === "string" ? { text: result, bounds: [] } : result;
    process.stdout.write(`\n## ${title}\n\n${text}\n`);
    sections.push(`## ${title}`, "", text, "");
    bounds.push(...own);
  }
  process.stdout.write(`\n## Bounds\n\n${boundTable(bounds)}\n`);
  if (process.argv.includes("--write") && words.length === 0) {
    const page = [
      "# Performance",
      "",
      `Made by \`npm run bench -- --write\` on ${cpus().length} cores, Node ${process.version}, with everything, the simulators too, on the one machine. Times depend on it; calls hardly do.`,
      "",
      "## Bounds",
      "",
      boundTable(bounds),
      "",
      ...sections,
    ];
    writeFileSync(join(packageRoot(__dirname), "docs", "performance.md"), page.join("\n"));
  }
  if (!bounds.every(kept)) process.exitCode = 1;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
