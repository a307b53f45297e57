import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { Crypter } from "./secrets";
import type { PendingOperation, Properties, ResourceState, Value } from "./types";
import { isSecret, plain, secret } from "./values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A checkpoint's secrets are recognised by Pulumi's own signature, with a `ciphertext` instead of a `value`. */
const encryptedSchema = z.object({ [SIGNATURE]: z.literal(SECRET), ciphertext: z.string() });

const resourceSchema = z.looseObject({ urn: z.string(), custom: z.boolean(), type: z.string() });
const fileSchema = z.object({
  version: z.literal(3),
  deployment: z.looseObject({
    secrets_providers: z.looseObject({ state: z.looseObject({ salt: z.string() }) }).optional(),
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.looseObject({ resource: resourceSchema, type: z.string() })).nullish(),
  }),
});

/** What a stack remembers between runs. */
export interface Checkpoint {
  resources: ResourceState[];
  pending: PendingOperation[];
}

/** The stack's state file, in the form of `pulumi stack export`. */
export class CheckpointFile {
  private constructor(
    private readonly file: string,
    private readonly crypter: Crypter,
    readonly start: Checkpoint,
  ) {}

  /** @throws Error for a wrong passphrase or a file that is no deployment of version 3. */
  static open(file: string, passphrase: string): CheckpointFile {
    if (!existsSync(file)) return new CheckpointFile(file, Crypter.create(passphrase), { resources: [], pending: [] });
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!parsed.success) throw new Error(`${file} is not a deployment of version 3: ${parsed.error.message}`);
    const { deployment } = parsed.data;
    const salt = deployment.secrets_providers?.state.salt;
    const crypter = salt === undefined ? Crypter.create(passphrase) : Crypter.open(passphrase, salt);
    const open = (resource: unknown) => decrypted(resource as ResourceState, crypter);
    return new CheckpointFile(file, crypter, {
      resources: (deployment.resources ?? []).map(open),
      pending: (deployment.pending_operations ?? []).map(
        (pending) => ({ ...pending, resource: open(pending.resource) }) as PendingOperation,
      ),
    });
  }

  /** Written whole beside the file and moved over it, so that a kill leaves the old one or the new one. */
  save(checkpoint: Checkpoint): void {
    const seal = (resource: ResourceState) => encrypted(resource, this.crypter);
    const content = {
      version: 3,
      deployment: {
        manifest: { time: new Date().toISOString(), magic: "", version: "" },
        secrets_providers: { type: "passphrase", state: { salt: this.crypter.state } },
        resources: checkpoint.resources.map(seal),
        ...(checkpoint.pending.length === 0
          ? {}
          : {
              pending_operations: checkpoint.pending.map(({ resource, type }) => ({ resource: seal(resource), type })),
            }),
        metadata: {},
      },
    };
    mkdirSync(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(content, null, 4));
    renameSync(temporary, this.file);
  }
}

function encrypted(resource: ResourceState, crypter: Crypter): object {
  const seal = (value: Value): Value => {
    if (isSecret(value)) return { [SIGNATURE]: SECRET, ciphertext: crypter.encrypt(JSON.stringify(plain(value))) };
    if (Array.isArray(value)) return value.map(seal);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value as Properties).map(([key, item]) => [key, seal(item)]));
  };
  return { ...resource, inputs: seal(resource.inputs), outputs: seal(resource.outputs) };
}

function decrypted(resource: ResourceState, crypter: Crypter): ResourceState {
  const open = (value: Value): Value => {
    const sealed = encryptedSchema.safeParse(value);
    if (sealed.success) return secret(JSON.parse(crypter.decrypt(sealed.data.ciphertext)) as Value);
    if (Array.isArray(value)) return value.map(open);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value as Properties).map(([key, item]) => [key, open(item)]));
  };
  const inputs = open(resource.inputs ?? {}) as Properties;
  return { ...resource, inputs, outputs: open(resource.outputs ?? {}) as Properties };
}
