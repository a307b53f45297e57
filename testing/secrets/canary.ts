import { randomBytes } from "node:crypto";

/** A credential that can be found in any output. */
export interface Canary {
  /** Name of the credential, for messages. */
  of: string;
  value: string;
}

/** A part that all text encodings leave unchanged; base64 and hexadecimal are searched separately. */
function coreOf({ value }: Canary): string {
  // Sessions and tokens of a server have only plain characters.
  return /Cnry[0-9A-Za-z]+/.exec(value)?.[0] ?? value;
}

/** @param signs characters around it that encodings change */
export function canary(of: string, signs = ""): Canary {
  const core = `Cnry${randomBytes(9).toString("hex")}`;
  return { of, value: `${signs}${core}${[...signs].reverse().join("")}` };
}

/** The canaries found in a text: unchanged, encoded for URLs, XML or JSON, in base64, or in hexadecimal. */
export function leaksIn(text: string, canaries: readonly Canary[]): string[] {
  const lower = text.toLowerCase();
  return canaries
    .filter((one) => formsOf(one).some((form) => text.includes(form)) || lower.includes(hex(one)))
    .map(({ of }) => of);
}

function hex(one: Canary): string {
  return Buffer.from(coreOf(one)).toString("hex");
}

function formsOf(one: Canary): string[] {
  const core = coreOf(one);
  const inBase64 = ["", "x", "xx"].map((before) => {
    // The first and last characters depend on their neighbours.
    return Buffer.from(before + core)
      .toString("base64")
      .slice(4, -4);
  });
  return [one.value, core, ...inBase64];
}

/** A credential in all encodings that a server may use. */
export function repeated({ value }: Canary): string {
  const url = encodeURIComponent(value);
  const form = new URLSearchParams({ value }).toString();
  const base64 = Buffer.from(`user:${value}`).toString("base64");
  const xml = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return [value, url, url.toLowerCase() === url ? "" : form, base64, xml, JSON.stringify(value)].join(" ");
}
