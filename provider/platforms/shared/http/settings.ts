import { z } from "zod";

/** Settings that every connection over HTTP has, to be spread into a platform's own. */
export const networkSettings = {
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("A PEM file with the certificate authority, or the self-signed certificate itself, to trust."),
  fingerprint: z
    .string()
    .transform((text) => text.replace(/[:\s]/g, "").toLowerCase())
    .refine(
      (text) => /^[0-9a-f]{64}$/.test(text),
      "must be a SHA-256 fingerprint: 32 bytes in hexadecimal, colons allowed",
    )
    .optional()
    .describe("SHA-256 fingerprint of the server's certificate, which is then trusted without an authority."),
  insecure: z
    .boolean()
    .default(false)
    .describe("Trust whatever answers, and allow plain HTTP to other machines. Only for experiments."),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("URL of an HTTP proxy; when unset, HTTPS_PROXY and NO_PROXY of the environment are honoured."),
  requestTimeoutSeconds: z.number().positive().max(3600).default(60).describe("Seconds that one request may take."),
  concurrency: z.int().min(1).max(64).default(8).describe("Requests in flight at a time."),
};

const network = z.object(networkSettings);

export type NetworkSettings = z.infer<typeof network>;

/** Whom to talk to, and how. */
export interface Endpoint extends NetworkSettings {
  /** The platform as its users write it, for errors: `vSphere`. */
  platform: string;
  /** An https URL; plain http on loopback, or with `insecure`. */
  endpoint: string;
}

export interface EndpointOptions {
  /** Put in when the text has no path of its own. */
  path: string;
  /** A text that is accepted, for the message of one that is not. */
  example: string;
  /** Schemes that are accepted; the first is put in when there is none. Plain HTTP also needs `insecure`, unless on loopback. */
  schemes: readonly ["https", ...("http" | "https")[]];
}

/** A host name or URL, made a whole URL. Credentials in it are refused: they would end up in errors and states. */
export function endpointUrl({ path, example, schemes }: EndpointOptions) {
  return z
    .string()
    .min(1)
    .transform((text, context) => {
      try {
        const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `${schemes[0]}://${text}`);
        if (!schemes.some((scheme) => url.protocol === `${scheme}:`)) throw new Error("scheme");
        if (url.username || url.password) throw new Error("credentials");
        if (url.pathname === "/" || url.pathname === "") url.pathname = path;
        return url.toString();
      } catch {
        context.addIssue({
          code: "custom",
          message: `must be a host name or an ${schemes.join(" or ")} URL without credentials, like ${example}`,
        });
        return z.NEVER;
      }
    });
}
