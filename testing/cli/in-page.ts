import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { packageRoot } from "../support/package-root";

export interface Contrast {
  text: string;
  /** Contrast ratio, 1 to 21. */
  ratio: number;
  color: string;
  background: string;
}

/** Evaluates an expression in the page. It is passed as text, since the tests are compiled without DOM types. */
export function inPage<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression);
}

/** The contrast of every visible text. */
export function contrastsOf(page: Page): Promise<Contrast[]> {
  return inPage(page, readFileSync(join(packageRoot(__dirname), "testing", "cli", "contrast.js"), "utf8"));
}
