import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";

const HOUR = 3_600_000;

export interface ServerCertificate {
  key: Buffer;
  certificate: Buffer;
  /** For the handshake line: DER in base64 without padding. */
  line: string;
}

/**
 * A self-signed certificate for localhost as `@peculiar/x509` made it: P-256, may sign itself, for servers and clients. Node only reads
 * certificates, so each process fills its own values into this one: all have a fixed length. See decision 30.
 */
const TEMPLATE = Buffer.from(
  [
    "MIIBbjCCARSgAwIBAgIQQFpaWlpaWlpaWlpaWlpaWjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDEwlsb2NhbGhvc3QwHhcNMjYwMTAx",
    "MDAwMDAwWhcNMjcwMTAxMDAwMDAwWjAUMRIwEAYDVQQDEwlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQn6o0+",
    "gW+VjwNWOdneehAhELeKbt5IKDcBQo3G6UaZ02eANdBAhCMp3gXvWkNBJp9YdvTEUmPheqUuNWcsZf+Vo0gwRjAPBgNVHRMBAf8E",
    "BTADAQH/MB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSAAw",
    "RQIgE613UdCmrm5mt84XyJpSua9qY0U/pqHrhIanM47muwECIQDBA4M+9p+Q0mFrqrypW7b8r+S6/m3G/scpd8C0vNebWw==",
  ].join(""),
  "base64",
);
/** The template's validity. */
const [FROM, UNTIL] = ["260101000000Z", "270101000000Z"].map((text) => Buffer.from(text)) as [Buffer, Buffer];
/** Where the signed part of the template begins and ends. */
const [BODY, BODY_END] = [4, 284];
/** Bytes of the template's signature, which is its end. */
const SIGNATURE_BYTES = 71;

/** A certificate of this process alone, for a year, for the connection between engine and provider. */
export function makeServerCertificate(): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const made = Buffer.from(TEMPLATE);
  const put = (old: Buffer, value: Buffer) => value.copy(made, TEMPLATE.indexOf(old));
  const { serialNumber, publicKey: oldKey } = new X509Certificate(TEMPLATE);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40; // positive, and in its shortest form
  put(Buffer.from(serialNumber, "hex"), serial);
  put(FROM, utcTime(Date.now() - HOUR));
  // Longer than any apply may take.
  put(UNTIL, utcTime(Date.now() + 365 * 24 * HOUR));
  put(spki(oldKey), spki(publicKey));
  signature(made.subarray(BODY, BODY_END), privateKey).copy(made, made.length - SIGNATURE_BYTES);
  const certificate = made.toString("base64");
  return {
    key: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
    certificate: Buffer.from(`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`),
    line: certificate.replace(/=+$/, ""),
  };
}

/** A signature has 70 to 72 bytes, as its random numbers come: half of all have the template's number. */
function signature(body: Buffer, key: KeyObject): Buffer {
  for (;;) {
    const made = sign("sha256", body, key);
    if (made.length === SIGNATURE_BYTES) return made;
  }
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** `YYMMDDhhmmssZ`, which holds until 2049. */
function utcTime(at: number): Buffer {
  return Buffer.from(`${new Date(at).toISOString().replace(/\D/g, "").slice(2, 14)}Z`);
}
