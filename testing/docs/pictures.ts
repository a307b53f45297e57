import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { drawSvg } from "../../cli/draw/svg";
import { renderPage } from "../../cli/page/render";
import { startBrowser } from "../cli/browser";
import { HOSTILE, reportOn, smallFleet } from "../cli/fleet";
import { CliProject, type Said } from "../e2e/project";
import { tryStart } from "../simulators/try-start";
import { packageRoot } from "../support/package-root";
import { STYLE, terminalSvg } from "./terminal-svg";

/*
 * `npm run docs:pictures` makes the pictures of README and docs, each light and dark: the page in a browser, the trees
 * as SVG, and a preview of README's program by the real Pulumi CLI on the vSphere simulator.
 */

const root = packageRoot(__dirname);
const images = join(root, "docs", "images");
const SCHEMES = ["light", "dark"] as const;
const folder = mkdtempSync(join(tmpdir(), "snapstate-pictures-"));

async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  try {
    await page();
    const preview = await previewOfReadme();
    for (const scheme of SCHEMES)
      writeFileSync(join(images, `preview-${scheme}.svg`), terminalSvg(preview, "pulumi preview", scheme));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function page(): Promise<void> {
  const report = await reportOn(smallFleet());
  report.targets = report.targets.filter(({ targetName }) => targetName !== HOSTILE);
  const trees = report.targets.filter(({ targetName }) => /web|branches/.test(targetName));
  writeFileSync(join(images, "trees.svg"), drawSvg({ ...report, targets: trees }));
  const file = join(folder, "report.html");
  writeFileSync(file, renderPage(report));
  const browser = await startBrowser();
  if (typeof browser === "string") throw new Error(browser);
  try {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, colorScheme });
      const tab = await context.newPage();
      await tab.goto(pathToFileURL(file).href);
      await tab.screenshot({ path: join(images, `report-${colorScheme}.png`) });
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

/**
 * Previews of an edit in place and of a revert, without progress and without warnings that occur only in a checkout.
 */
async function previewOfReadme(): Promise<string> {
  const simulator = await tryStart("vsphere");
  if (typeof simulator === "string") throw new Error(simulator);
  const project = await CliProject.open("typescript");
  project.environment.SNAPSTATE_CONNECTIONS = JSON.stringify({ default: simulator.connection });
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
  const write = (text: string) => writeFileSync(join(project.directory, "index.ts"), text);
  try {
    await project.configure({ "snapstate:adapter": "plugin" });
    write(program);
    succeeded(await project.up());
    write(program.replace('ttl: "72h"', 'ttl: "7d"').replace("triggers: [] }", 'triggers: ["release-42 fails"] }'));
    return `$ pulumi preview\n${tidy(succeeded(await project.pulumi("preview", "--color", "always")))}`;
  } finally {
    project.remove();
    await simulator.close();
  }
}

function succeeded({ ok, text }: Said): string {
  if (!ok) throw new Error(text);
  return text;
}

/** The last line of each resource, as a terminal shows it in the end; warnings are in the diagnostics below. */
function tidy(text: string): string {
  const lines = text.split("\n").filter((line) => !/\$PATH|@ previewing|expected to have version/.test(line));
  const subject = (line: string) => /^ .*?((?:pulumi|random|snapstate):\S+ [\w-]+)/.exec(line.replace(STYLE, ""))?.[1];
  const last = new Map(lines.map((line, at) => [subject(line) ?? `line ${at}`, at]));
  const kept = lines
    .filter((line, at) => last.get(subject(line) ?? `line ${at}`) === at)
    .map((line) => (subject(line) === undefined ? line : line.replace(/; .*warning: .*|\d+ \S+warnings.*/, "")));
  const stack = kept.findIndex((line) => /pulumi:pulumi:Stack \(/.test(line));
  if (stack >= 0 && kept[stack + 1]?.trim() === "") kept.splice(stack, 2);
  return kept
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
});
