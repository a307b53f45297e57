import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateRequest, type KeyAndCertificate, makeCertificate } from "../support/x509";

export interface Certificate extends KeyAndCertificate {
  /** The PEM file of `cert`. */
  file: string;
}

/** One day of the year 2020. */
export const EXPIRED = { from: new Date("2020-01-01T00:00:00Z"), until: new Date("2020-01-02T00:00:00Z") };

/** Creates certificates in a temporary folder; `remove` deletes it. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-tls-"));
  private count = 0;

  /** Self-signed unless the request names an issuer. */
  async make(request?: CertificateRequest): Promise<Certificate> {
    const made = await makeCertificate(request);
    const file = join(this.folder, `cert-${this.count++}.pem`);
    writeFileSync(file, made.cert);
    return { ...made, file };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
