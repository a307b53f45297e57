import { createHash } from "node:crypto";
import { Eta } from "eta";
import type { SnapshotKind } from "../../provider/platforms/contract";
import type { SnapshotReport } from "../../provider/resources";
import { asset, version } from "../package";
import { pageModel, ROW } from "./model";

export interface PageOptions {
  /** Served by `snapstate ui`: a reload reads the platform again. */
  live?: boolean;
  /** What the report lists, for the commands in the details. @default "snapshot" */
  kind?: SnapshotKind;
}

interface Parts {
  style: string;
  noScript: string;
  script: string;
}

/** In this order: later ones take precedence. */
const STYLES = ["base.css", "header.css", "tools.css", "tree.css", "details.css", "media.css"];

const SCRIPTS = ["theme.js", "page.js"];

const eta = new Eta({ autoEscape: true, autoTrim: [false, "nl"], useWith: false });

/**
 * A report as one self-contained HTML file. Names come from the platform and are untrusted: the template escapes every
 * text, and the content security policy allows only the page's own script and style, and no requests.
 */
export function renderPage(report: SnapshotReport, options: PageOptions = {}): string {
  const parts = pageParts();
  const model = pageModel(report, options.kind ?? "snapshot");
  return eta.renderString(asset("page.eta"), {
    ...model,
    ...parts,
    row: ROW,
    policy: contentSecurityPolicy(),
    live: options.live ?? false,
    version: version(),
    data: scriptData(model.details),
  });
}

/** The page's content security policy, for its head and for the server's header. */
export function contentSecurityPolicy(): string {
  const { style, noScript, script } = pageParts();
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)} ${hash(noScript)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function pageParts(): Parts {
  return {
    style: STYLES.map(asset).join("\n"),
    noScript: asset("no-script.css"),
    script: SCRIPTS.map(asset).join("\n"),
  };
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** A script element ends at the first `</script`, even inside JSON. */
function scriptData(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}
