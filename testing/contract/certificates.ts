import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A self-signed certificate, which is its own authority. */
export interface Certificate {
  key: string;
  cert: string;
  /** The PEM file of `cert`. */
  file: string;
  /** SHA-256, with colons and in upper case. */
  fingerprint: string;
}

/** The reason to skip by when there is no openssl, or false. */
export const opensslMissing: string | false = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "openssl is not installed";
  }
})();

/** Makes certificates in a folder of its own, which `remove` takes away. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-tls-"));
  private count = 0;

  /** @param expired valid for one day of the year 2020 */
  make(names = "DNS:localhost,IP:127.0.0.1", expired = false): Certificate {
    const at = (name: string) => join(this.folder, `${name}-${this.count}`);
    this.count++;
    const key = at("key");
    const file = at("cert");
    const config = at("config");
    writeFileSync(config, configFor(this.folder, names));
    const run = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore", cwd: this.folder });
    const curve = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=snapstate test",
    ];
    if (expired) {
      run("req", "-new", ...curve, "-keyout", key, "-out", at("csr"), "-config", config);
      writeFileSync(join(this.folder, "index"), "");
      writeFileSync(join(this.folder, "serial"), "01");
      const dates = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"];
      const files = ["-keyfile", key, "-in", at("csr"), "-out", file, "-config", config];
      run("ca", "-batch", "-notext", "-selfsign", "-md", "sha256", ...dates, ...files);
    } else {
      run("req", "-x509", ...curve, "-days", "2", "-keyout", key, "-out", file, "-config", config);
    }
    const cert = readFileSync(file, "utf8");
    return { key: readFileSync(key, "utf8"), cert, file, fingerprint: new X509Certificate(cert).fingerprint256 };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configFor(folder: string, names: string): string {
  return `
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = snapstate test
[extensions]
subjectAltName = ${names}
basicConstraints = critical, CA:true
[ca]
default_ca = authority
[authority]
database = ${join(folder, "index")}
new_certs_dir = ${folder}
serial = ${join(folder, "serial")}
x509_extensions = extensions
policy = policy
[policy]
commonName = supplied
`;
}
