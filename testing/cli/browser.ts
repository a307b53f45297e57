import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The installed browser, or the reason why there is none. `SNAPSTATE_CHROMIUM` names one that is not on the PATH. */
export async function startBrowser(): Promise<Browser | string> {
  const executablePath = process.env.SNAPSTATE_CHROMIUM ?? onPath();
  if (executablePath === undefined) return "no Chromium is on the PATH";
  // In a container, root has no user namespaces for a sandbox. Only this project's own page is opened.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
