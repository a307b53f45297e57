import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { renderPage } from "../../cli/page/render";
import type { SnapshotReport } from "../../provider/resources";
import { startBrowser } from "./browser";
import { HOSTILE, largeFleet, reportOn, smallFleet } from "./fleet";
import { inPage } from "./in-page";

/** `medium` has 500 snapshots on 25 VMs; `large` has ten times as many. */
export type PageFile = "small" | "medium" | "large" | "partial";

export interface PageCase extends BrowserContextOptions {
  /** @default "small" */
  file?: PageFile;
  /** The content security policy is expected to block something and log it to the console. @default false */
  refusals?: boolean;
}

/** Registers tests of the page, opened as a file in a real browser. */
export function pageCases(): (
  title: string,
  work: (page: Page, files: Readonly<Record<PageFile, string>>) => Promise<void>,
  options?: PageCase,
) => void {
  let browser: Browser | string;
  let folder: string;
  const files: Record<PageFile, string> = { small: "", medium: "", large: "", partial: "" };

  before(async () => {
    browser = await startBrowser();
    folder = mkdtempSync(join(tmpdir(), "snapstate-page-"));
    const partial = await reportOn(smallFleet());
    partial.failures.push({ connection: "paris", target: HOSTILE, kind: "permission", message: `no ${HOSTILE}` });
    const pages: Record<PageFile, SnapshotReport> = {
      small: await reportOn(smallFleet()),
      medium: await reportOn(largeFleet(25)),
      large: await reportOn(largeFleet(250)),
      partial,
    };
    for (const [name, report] of Object.entries(pages)) {
      const file = join(folder, `${name}.html`);
      writeFileSync(file, renderPage(report));
      files[name as PageFile] = pathToFileURL(file).href;
    }
  });
  after(async () => {
    if (typeof browser !== "string") await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a case in its own page, which must not cause a script error or a network request. */
  return (title, work, options = {}) => {
    it(title, async (t: TestContext) => {
      if (typeof browser === "string") return t.skip(browser);
      const { file = "small", refusals = false, ...rest } = options;
      const context = await browser.newContext({ viewport: { width: 1320, height: 900 }, ...rest });
      try {
        const page = await context.newPage();
        const trouble: string[] = [];
        page.on("console", (message) => trouble.push(message.text()));
        page.on("pageerror", (error) => trouble.push(error.message));
        page.on("request", (request) => {
          if (!Object.values(files).includes(request.url()) && !request.url().startsWith("data:"))
            trouble.push(request.url());
        });
        await page.goto(files[file]);
        await work(page, files);
        // Blocked content is reported on the console.
        assert.equal(trouble.length > 0, refusals, trouble.join("\n"));
      } finally {
        await context.close();
      }
    });
  };
}

/** The focused element: a row's name, or the id of any other element. */
export function focused(page: Page): Promise<string> {
  return inPage(page, `document.activeElement.querySelector(".n")?.textContent.trim() ?? document.activeElement.id`);
}

export function rowOf(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ hasText: name });
}

/** The page's live region for screen readers. */
export function status(page: Page): Promise<string | null> {
  return page.getByRole("status").textContent();
}

/** Waits until the live region has this text. */
export function says(page: Page, text: RegExp): Promise<void> {
  return page.getByRole("status").filter({ hasText: text }).waitFor();
}
