import { randomBytes } from "node:crypto";

/** A credential that is found again wherever it comes out. */
export interface Canary {
  /** Which credential it is, for the message of a test that finds it. */
  of: string;
  value: string;
}

/** What every encoding of text leaves as it is, so that it is found in all of them; base64 and hexadecimal are asked for apart. */
function coreOf({ value }: Canary): string {
  // What a server made up, a session or a token, has plain signs alone.
  return /Cnry[0-9A-Za-z]+/.exec(value)?.[0] ?? value;
}

/** @param signs characters around it that encodings write in ways of their own */
export function canary(of: string, signs = ""): Canary {
  const core = `Cnry${randomBytes(9).toString("hex")}`;
  return { of, value: `${signs}${core}${[...signs].reverse().join("")}` };
}

/** The canaries of which a trace is in the text: raw, as URLs, XML and JSON write them, in base64, or in hexadecimal. */
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
    // The first and the last characters are shared with what stands before and behind.
    return Buffer.from(before + core)
      .toString("base64")
      .slice(4, -4);
  });
  return [one.value, core, ...inBase64];
}

/** A credential in all the ways a server may repeat it. */
export function repeated({ value }: Canary): string {
  const url = encodeURIComponent(value);
  const form = new URLSearchParams({ value }).toString();
  const base64 = Buffer.from(`user:${value}`).toString("base64");
  const xml = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return [value, url, url.toLowerCase() === url ? "" : form, base64, xml, JSON.stringify(value)].join(" ");
}
