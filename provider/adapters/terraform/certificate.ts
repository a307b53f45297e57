import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const HOUR = 3_600_000;

export interface ServerCertificate {
  key: Buffer;
  certificate: Buffer;
  /** For the handshake line: DER in base64 without padding. */
  line: string;
}

/** Tags of DER. https://www.itu.int/rec/T-REC-X.690 */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** `[0] EXPLICIT`, `[3] EXPLICIT`: the version and the extensions. */
  version: 0xa0,
  extensions: 0xa3,
  /** `[2] IMPLICIT`: a DNS name among the alternative names. */
  dnsName: 0x82,
} as const;

/** Object identifiers in DER, without their tag. */
const OID = {
  commonName: "550403",
  basicConstraints: "551d13",
  extendedKeyUsage: "551d25",
  subjectAltName: "551d11",
  serverAuth: "2b06010505070301",
  clientAuth: "2b06010505070302",
  ecdsaWithSha256: "2a8648ce3d040302",
} as const;

/**
 * A self-signed certificate of this process alone (P-256, a year), for the connection between engine and provider. Node
 * can only read certificates; libraries that make them add four megabytes.
 */
export function makeServerCertificate(): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("ecdsaWithSha256"));
  const name = sequence(der(TAG.set, sequence(oid("commonName"), der(TAG.utf8, Buffer.from("localhost")))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40; // positive, and in its shortest form
  const body = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))), // version 3
    der(TAG.integer, serial),
    algorithm,
    name,
    // Longer than any apply may take.
    sequence(utcTime(Date.now() - HOUR), utcTime(Date.now() + 365 * 24 * HOUR)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      TAG.extensions,
      sequence(
        extension("basicConstraints", sequence(der(TAG.boolean, Buffer.from([0xff]))), true),
        extension("extendedKeyUsage", sequence(oid("serverAuth"), oid("clientAuth"))),
        extension("subjectAltName", sequence(der(TAG.dnsName, Buffer.from("localhost")))),
      ),
    ),
  );
  const signature = der(TAG.bitString, Buffer.from([0]), sign("sha256", body, privateKey));
  const certificate = sequence(body, algorithm, signature).toString("base64");
  return {
    key: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
    certificate: Buffer.from(`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`),
    line: certificate.replace(/=+$/, ""),
  };
}

/** One value: its tag, its length, its content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const whole = Buffer.concat(content);
  const { length } = whole;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), whole]);
  const size = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, whole]);
}

function sequence(...content: Buffer[]): Buffer {
  return der(TAG.sequence, ...content);
}

function oid(name: keyof typeof OID): Buffer {
  return der(TAG.oid, Buffer.from(OID[name], "hex"));
}

function extension(name: keyof typeof OID, value: Buffer, critical = false): Buffer {
  const flag = critical ? [der(TAG.boolean, Buffer.from([0xff]))] : [];
  return sequence(oid(name), ...flag, der(TAG.octetString, value));
}

/** `YYMMDDhhmmssZ`, which holds until 2049. */
function utcTime(at: number): Buffer {
  return der(TAG.utcTime, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, "").slice(2, 14)}Z`));
}
