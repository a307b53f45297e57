import { createHmac } from "node:crypto";
import { encodePart } from "../../../core/errors";

/** Parameters of a request by name. Names are in lower case, so that their order does not depend on the locale. */
export type Parameters = Readonly<Record<string, string>>;

/** As `java.net.URLEncoder` with `%20` for a space: unlike `encodeURIComponent` it also encodes `!~'()`. */
export function encode(value: string): string {
  return encodePart(value).replace(/[!~'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The text to sign: sorted by name, with encoded values, in lower case. */
export function textToSign(parameters: Parameters): string {
  return sorted(parameters)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&")
    .toLowerCase();
}

/** The `signature`: HMAC-SHA1 in base64. */
export function signatureOf(parameters: Parameters, secretKey: string): string {
  return createHmac("sha1", secretKey).update(textToSign(parameters)).digest("base64");
}

/** A complete, signed form. */
export function signedForm(parameters: Parameters, secretKey: string): string {
  const all = { ...parameters, signature: signatureOf(parameters, secretKey) };
  return sorted(all)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

function sorted(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
}
