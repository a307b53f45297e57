import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { drawSvg } from "../../cli/draw/svg";
import { renderPage } from "../../cli/page/render";
import { startBrowser } from "../cli/browser";
import { HOSTILE, reportOn, smallFleet } from "../cli/fleet";
import { linkModules } from "../e2e/modules";
import { pulumiCommand } from "../e2e/stack";
import { OFFERED } from "../simulators/simulator-registry";
import { packageRoot } from "../support/package-root";
import { STYLE, terminalSvg } from "./terminal-svg";

/*
 * Makes the pictures of README and docs, each light and dark: the page in a browser, the trees as SVG, and a preview of README's program
 * by the real Pulumi CLI on the simulator of vSphere. `npm run docs:pictures`.
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

/** An edit in place and a revert, as the CLI previews them, without progress and without what only a checkout warns of. */
async function previewOfReadme(): Promise<string> {
  await pulumiCommand();
  const simulator = await (OFFERED.vsphere as NonNullable<(typeof OFFERED)[string]>)(0);
  const project = join(folder, "web");
  linkModules(project);
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
  const write = (text: string) => writeFileSync(join(project, "index.ts"), text);
  writeFileSync(join(project, "Pulumi.yaml"), "name: web\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(project, "package.json"), "{}");
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "picture",
    PULUMI_HOME: join(folder, "home"),
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    SNAPSTATE_CONNECTIONS: JSON.stringify({ default: simulator.connection }),
  };
  const pulumi = (...args: string[]) => output("pulumi", args, project, env);
  try {
    write(program);
    await pulumi("stack", "init", "dev");
    await pulumi("config", "set", "snapstate:adapter", "plugin");
    await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    write(program.replace('ttl: "72h"', 'ttl: "7d"').replace("triggers: [] }", 'triggers: ["release-42 fails"] }'));
    const text = await pulumi("preview", "--color", "always", "--non-interactive");
    return `$ pulumi preview\n${tidy(text)}`;
  } finally {
    await simulator.close();
  }
}

/** Of each resource the last line, as a terminal shows in the end; the diagnostics below have the warnings. */
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

async function output(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(text);
  return text;
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
});
