import { webcrypto } from "node:crypto";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const HOUR = 3_600_000;

export interface ServerCertificate {
  key: Buffer;
  certificate: Buffer;
  /** As the handshake line has it: DER in base64, without padding. */
  line: string;
}

/** A certificate of this process alone, for the connection between engine and provider. */
export async function makeServerCertificate(): Promise<ServerCertificate> {
  cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    notBefore: new Date(Date.now() - HOUR),
    // As long as any apply may take.
    notAfter: new Date(Date.now() + 24 * 365 * HOUR),
    signingAlgorithm: { ...CURVE, hash: "SHA-256" },
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }]),
    ],
  } as unknown as Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]);
  const pkcs8 = Buffer.from(await subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    key: Buffer.from(`-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`),
    certificate: Buffer.from(made.toString("pem")),
    line: Buffer.from(made.rawData).toString("base64").replace(/=+$/, ""),
  };
}
