import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/*
 * Pulumi's passphrase secrets provider: a key from PBKDF2 (SHA-256, a million rounds) over the passphrase and a random
 * salt, and AES-256-GCM with a random nonce. Texts are `v1:<nonce>:<ciphertext and tag>`, both base64; the salt is stored
 * as `v1:<salt>:` and the encryption of the word "pulumi", by which a wrong passphrase is noticed.
 */

const ROUNDS = 1_000_000;
const CHECK = "pulumi";

const keys = new Map<string, Buffer>();

/** Encrypts and decrypts a stack's secrets. */
export class Crypter {
  private readonly key: Buffer;
  // A nonce makes every encryption different; remembering keeps a secret that did not change the same in every checkpoint.
  private readonly seen = new Map<string, string>();

  private constructor(
    passphrase: string,
    salt: Buffer,
    readonly state: string,
  ) {
    this.key = keyOf(passphrase, salt);
  }

  static create(passphrase: string): Crypter {
    const salt = randomBytes(8);
    const check = new Crypter(passphrase, salt, "").encrypt(CHECK);
    return new Crypter(passphrase, salt, `v1:${salt.toString("base64")}:${check}`);
  }

  /** @param state the salt as a checkpoint holds it. @throws Error for a wrong passphrase. */
  static open(passphrase: string, state: string): Crypter {
    const [version, salt, ...check] = state.split(":");
    if (version !== "v1" || salt === undefined) throw new Error("unknown form of the encryption salt");
    const crypter = new Crypter(passphrase, Buffer.from(salt, "base64"), state);
    try {
      if (crypter.decrypt(check.join(":")) === CHECK) return crypter;
    } catch {
      // Falls through: an authentication failure says no more than "wrong".
    }
    throw new Error("incorrect passphrase");
  }

  encrypt(text: string): string {
    const known = this.seen.get(text);
    if (known !== undefined) return known;
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    const made = `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
    this.seen.set(text, made);
    return made;
  }

  decrypt(ciphertext: string): string {
    const [version, nonce, body] = ciphertext.split(":");
    if (version !== "v1" || !nonce || !body) throw new Error("unknown form of a ciphertext");
    const bytes = Buffer.from(body, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
    this.seen.set(text, ciphertext);
    return text;
  }
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  const name = `${passphrase}\n${salt.toString("base64")}`;
  const key = keys.get(name) ?? pbkdf2Sync(passphrase, salt, ROUNDS, 32, "sha256");
  keys.set(name, key);
  return key;
}
