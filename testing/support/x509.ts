import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";

/** What is said in a certificate. */
export interface CertificateRequest {
  /** @default "snapstate test" */
  commonName?: string;
  /** DNS names and IPv4 addresses that it is for. @default localhost and 127.0.0.1 */
  names?: readonly string[];
  /** @default an hour ago */
  from?: Date;
  /** @default in a day */
  until?: Date;
  /** May sign others. @default what signs itself may */
  authority?: boolean;
  /** Who signs. @default itself */
  issuer?: { cert: string; key: string };
}

/** Both in PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
  /** SHA-256, with colons and in upper case. */
  fingerprint: string;
}

const HOUR = 3_600_000;

/**
 * A certificate for tests with an elliptic key. Node's crypto reads certificates and makes none, and a machine may have no
 * openssl. RFC 5280, in DER (X.690).
 */
export function makeCertificate(request: CertificateRequest = {}): KeyAndCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { commonName = "snapstate test", names = ["localhost", "127.0.0.1"], issuer } = request;
  const subject = nameOf(commonName);
  const signed = sequence(
    context(0, integer(Buffer.of(2))),
    // DER wants no leading zeros, and a serial number is positive.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    issuer === undefined ? subject : nameOf(commonNameOf(issuer.cert)),
    sequence(
      time(request.from ?? new Date(Date.now() - HOUR)),
      time(request.until ?? new Date(Date.now() + 24 * HOUR)),
    ),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    context(3, sequence(basicConstraints(request.authority ?? issuer === undefined), alternativeNames(names))),
  );
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signature = sign("sha256", signed, signer);
  const cert = pem("CERTIFICATE", sequence(signed, ECDSA_WITH_SHA256, der(0x03, Buffer.of(0), signature)));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert,
    fingerprint: new X509Certificate(cert).fingerprint256,
  };
}

/** One element: its tag, the length of what is in it, and that. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 128) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 | significant.length), significant, content]);
}

const sequence = (...contents: Buffer[]) => der(0x30, ...contents);
const context = (number: number, content: Buffer) => der(0xa0 | number, content);
const octets = (content: Buffer) => der(0x04, content);

/** Positive, whatever its first bit. */
const integer = (bytes: Buffer) => der(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = sequence(der(0x06, Buffer.from("2a8648ce3d040302", "hex")));

function nameOf(commonName: string): Buffer {
  const type = der(0x06, Buffer.from("550403", "hex"));
  return sequence(der(0x31, sequence(type, der(0x0c, Buffer.from(commonName)))));
}

function commonNameOf(cert: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(cert).subject)?.[1] ?? "";
}

/** GeneralizedTime; RFC 5280 asks for the shorter form before 2050, and readers take both. */
function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));
}

function basicConstraints(authority: boolean): Buffer {
  const value = sequence(...(authority ? [der(0x01, Buffer.of(0xff))] : []));
  return sequence(der(0x06, Buffer.from("551d13", "hex")), der(0x01, Buffer.of(0xff)), octets(value));
}

function alternativeNames(names: readonly string[]): Buffer {
  const all = names.map((name) =>
    /^\d+(\.\d+){3}$/.test(name) ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name)),
  );
  return sequence(der(0x06, Buffer.from("551d11", "hex")), octets(sequence(...all)));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
