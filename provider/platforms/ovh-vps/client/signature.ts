import { createHash } from "node:crypto";

export interface Signed {
  method: string;
  /** The full URL, exactly as it is sent. */
  url: string;
  /** Exactly as it is sent; empty if there is none. */
  body: string;
  /** Seconds, by the API's clock. */
  time: number;
}

/** The value of `X-Ovh-Signature`. */
export function signature(secret: string, consumerKey: string, { method, url, body, time }: Signed): string {
  const text = [secret, consumerKey, method, url, body, time].join("+");
  return `$1$${createHash("sha1").update(text).digest("hex")}`;
}
