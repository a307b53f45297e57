import { X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** Contents of a certificate. */
export interface CertificateRequest {
  /** @default "snapstate test" */
  commonName?: string;
  /** DNS names and IPv4 addresses. @default localhost and 127.0.0.1 */
  names?: readonly string[];
  /** @default an hour ago */
  from?: Date;
  /** @default in a day */
  until?: Date;
  /** It may sign others. @default true if it signs itself */
  authority?: boolean;
  /** The issuer. @default itself */
  issuer?: { cert: string; key: string };
}

/** Both in PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
  /** SHA-256 with colons, in upper case. */
  fingerprint: string;
}

const HOUR = 3_600_000;
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const ALGORITHM = { ...CURVE, hash: "SHA-256" } as const;

type Generate = Parameters<typeof X509CertificateGenerator.create>[0];

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

/**
 * Creates a certificate with an elliptic key for tests. Node's crypto only reads certificates, and openssl may not be
 * installed.
 */
export async function makeCertificate(request: CertificateRequest = {}): Promise<KeyAndCertificate> {
  const { commonName = "snapstate test", names = ["localhost", "127.0.0.1"], issuer, from, until } = request;
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const signer = issuer && PemConverter.decodeFirst(issuer.key);
  const signingKey = signer ? await subtle.importKey("pkcs8", signer, CURVE, false, ["sign"]) : keys.privateKey;
  const subject = `CN=${commonName}`;
  const parameters = {
    subject,
    issuer: issuer ? new X509Certificate(issuer.cert).subject : subject,
    notBefore: from ?? new Date(Date.now() - HOUR),
    notAfter: until ?? new Date(Date.now() + 24 * HOUR),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(request.authority ?? issuer === undefined, undefined, true),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^\d+(\.\d+){3}$/.test(value) ? "ip" : "dns", value })),
      ),
    ],
  };
  const made = await X509CertificateGenerator.create(parameters as unknown as Generate);
  const cert = `${made.toString("pem")}\n`;
  const key = PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key: `${key}\n`, cert, fingerprint: new NodeCertificate(cert).fingerprint256 };
}
