import { z } from "zod";
import { durationSetting } from "../duration-setting";

/** Settings of every HTTP connection, to be spread into a platform's settings. */
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
    .describe("Accept any certificate, and allow plain HTTP to other machines. For experiments only."),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("URL of an HTTP proxy; if unset, HTTPS_PROXY and NO_PROXY apply."),
  requestTimeout: durationSetting("60s", "1h").describe("Timeout of one request."),
  concurrency: z.int().min(1).max(64).default(8).describe("Maximum number of concurrent requests."),
};

const network = z.object(networkSettings);

export type NetworkSettings = z.infer<typeof network>;

/** The server and how to connect to it. */
export interface Endpoint extends NetworkSettings {
  /** The platform's display name, for errors: `vSphere`. */
  platform: string;
  /** An https URL; plain http on loopback, or with `insecure`. */
  endpoint: string;
}

export interface EndpointOptions {
  /** Default path. */
  path: string;
  /** A valid example, for error messages. */
  example: string;
  /** Accepted schemes; the first is the default. Plain HTTP also needs `insecure`, except on loopback. */
  schemes: readonly ["https", ...("http" | "https")[]];
}

/** Makes a URL of a host name or URL. Refuses credentials in it: they would appear in errors and states. */
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
