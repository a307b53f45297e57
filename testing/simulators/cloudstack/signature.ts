import { createHmac, timingSafeEqual } from "node:crypto";
import { notVerified } from "./api-error";

/** Like `java.net.URLEncoder` with `+` replaced by `%20`: only letters, digits and `. - _ *` are unchanged. */
export function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!~'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The signed text: sorted by name (capitals first), with encoded values and unencoded names, all in lower case. */
export function textToSign(parameters: ReadonlyMap<string, string>): string {
  return [...parameters]
    .filter(([name]) => name.toLowerCase() !== "signature")
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&")
    .toLowerCase();
}

export function signatureOf(parameters: ReadonlyMap<string, string>, secretKey: string): string {
  return createHmac("sha1", secretKey).update(textToSign(parameters)).digest("base64");
}

/** The server's rules about time. */
export interface ExpiryRule {
  now: Date;
  /** `enforce.post.requests.and.timestamps`: version 3 is required, and expires within 15 minutes. */
  enforced: boolean;
}

const FARTHEST_AHEAD = 15 * 60_000;

/**
 * Accepts a request that is signed by the key's owner.
 * @throws ApiError 401, with the same message for every reason
 */
export function verify(parameters: ReadonlyMap<string, string>, secretKey: string, rule: ExpiryRule): void {
  const given = Buffer.from(parameterOf(parameters, "signature") ?? "");
  const right = Buffer.from(signatureOf(parameters, secretKey));
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw notVerified();
  verifyExpiry(parameters, rule);
}

function verifyExpiry(parameters: ReadonlyMap<string, string>, { now, enforced }: ExpiryRule): void {
  if (parameterOf(parameters, "signatureversion") !== "3") {
    if (enforced) throw notVerified();
    return;
  }
  const expires = parseExpiry(parameterOf(parameters, "expires"));
  if (expires === undefined || expires <= now.getTime()) throw notVerified();
  if (enforced && expires > now.getTime() + FARTHEST_AHEAD) throw notVerified();
}

/** `2026-11-21T05:57:29` with `+0000`, `Z` or `.000Z`. */
function parseExpiry(text: string | undefined): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?(Z|[+-]\d\d:?\d\d)$/.exec(text ?? "");
  if (parts === null) return undefined;
  const zone = (parts[3] as string).replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const time = Date.parse(`${parts[1]}${parts[2] ?? ""}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** Names of parameters are case-insensitive. */
export function parameterOf(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const [key, value] of parameters) if (key.toLowerCase() === name) return value;
  return undefined;
}
