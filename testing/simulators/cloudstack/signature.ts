import { createHmac, timingSafeEqual } from "node:crypto";
import { notVerified } from "./api-error";

/** As `java.net.URLEncoder` with `+` turned into `%20`: only letters, digits and `. - _ *` stay. */
export function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!~'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The text that is signed: sorted by name (capitals first), values encoded and names not, then all in lower case. */
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

/** How strict the server is about time. */
export interface ExpiryRule {
  now: Date;
  /** `enforce.post.requests.and.timestamps`: version 3 is mandatory and may not reach more than 15 minutes ahead. */
  enforced: boolean;
}

const FARTHEST_AHEAD = 15 * 60_000;

/**
 * Accepts a request that the owner of the key signed.
 * @throws ApiError 401, in the same words for every reason
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

/** Names of parameters are taken in any case. */
export function parameterOf(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const [key, value] of parameters) if (key.toLowerCase() === name) return value;
  return undefined;
}
