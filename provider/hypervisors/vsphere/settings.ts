import { z } from "zod";

/** Connection settings of a vCenter (or ESXi host). */
export const vsphereSettings = z.strictObject({
  /** The vCenter's host name or URL; `https://` and `/sdk` are added. */
  endpoint: z
    .string()
    .min(1)
    .transform((text, context) => {
      try {
        const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
        if (url.protocol !== "https:") throw new Error("not https");
        if (url.username || url.password) throw new Error("credentials");
        if (url.pathname === "/" || url.pathname === "") url.pathname = "/sdk";
        return url.toString();
      } catch {
        context.addIssue({
          code: "custom",
          message: "must be a host name or an https URL without credentials, like vcenter.example.com",
        });
        return z.NEVER;
      }
    }),
  username: z.string().min(1),
  password: z.string().min(1),
  /** A PEM file with the certificate authority, or the self-signed certificate itself, to trust. */
  caFile: z.string().min(1).optional(),
  /** SHA-256 fingerprint of the server's certificate, which is then trusted without an authority. */
  fingerprint: z
    .string()
    .transform((text) => text.replace(/[:\s]/g, "").toLowerCase())
    .refine(
      (text) => /^[0-9a-f]{64}$/.test(text),
      "must be a SHA-256 fingerprint: 32 bytes in hexadecimal, colons allowed",
    )
    .optional(),
  /** Trust whatever answers. Only for experiments. @default false */
  insecure: z.boolean().default(false),
  /** URL of an HTTP proxy; when unset, HTTPS_PROXY and NO_PROXY of the environment are honoured. */
  proxy: z.url({ protocol: /^https?$/ }).optional(),
  /** Seconds that one request may take. @default 60 */
  requestTimeoutSeconds: z.number().positive().max(3600).default(60),
  /** Requests in flight at a time. @default 8 */
  concurrency: z.int().min(1).max(64).default(8),
  /** Read neighbours along when reads come one after the other. @default true */
  readAhead: z.boolean().default(true),
});

export type VsphereSettings = z.infer<typeof vsphereSettings>;
