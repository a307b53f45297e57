import { createHmac } from "node:crypto";
import { encodePart } from "../../../core/errors";

/** Parameters of a request by their names. Names are in lower case, so that every way of sorting them is the same. */
export type Parameters = Readonly<Record<string, string>>;

/** As `java.net.URLEncoder` with `%20` for a space: `encodeURIComponent` leaves `!~'()`, which the server does not. */
export function encode(value: string): string {
  return encodePart(value).replace(/[!~'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The text that is signed: sorted by name, values encoded and names not, and all of it in lower case. */
export function textToSign(parameters: Parameters): string {
  return sorted(parameters)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&")
    .toLowerCase();
}

/** HMAC-SHA1 in base64, as the API wants it in `signature`. */
export function signatureOf(parameters: Parameters, secretKey: string): string {
  return createHmac("sha1", secretKey).update(textToSign(parameters)).digest("base64");
}

/** A whole form, signed. */
export function signedForm(parameters: Parameters, secretKey: string): string {
  const all = { ...parameters, signature: signatureOf(parameters, secretKey) };
  return sorted(all)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

function sorted(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
}
