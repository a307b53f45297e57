import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { Crypter } from "./secrets";
import type { PendingOperation, Properties, ResourceState, Value } from "./types";
import { isObject, isSecret, plain, SECRET, SIGNATURE, secret } from "./values";

/** The engine version a checkpoint names; Pulumi checks that `magic` is its hash. */
const VERSION = "v3.270.0";

const resourceSchema = z.looseObject({ urn: z.string(), custom: z.boolean(), type: z.string() });
const fileSchema = z.object({
  version: z.literal(3),
  deployment: z.looseObject({
    secrets_providers: z.looseObject({ type: z.string(), state: z.looseObject({ salt: z.string() }) }).nullish(),
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.looseObject({ resource: resourceSchema, type: z.string() })).nullish(),
  }),
});

/** A stack in the form of `pulumi stack export`. */
export interface ExportedState {
  version: 3;
  deployment: {
    manifest: { time: string; magic: string; version: string };
    secrets_providers?: { type: string; state: { salt: string } };
    resources?: object[];
    pending_operations?: { resource: object; type: string }[];
    metadata: object;
  };
}

/** What a stack remembers between runs. */
export interface Checkpoint {
  resources: ResourceState[];
  pending: PendingOperation[];
}

/** The stack's state, in memory or in a file. */
export class CheckpointFile {
  private constructor(
    private readonly file: string | undefined,
    private readonly crypter: Crypter,
    readonly start: Checkpoint,
    private last: ExportedState | undefined,
  ) {}

  /**
   * @param kept what a stack without a file has in memory.
   * @throws Error for a wrong passphrase or content that is no deployment of version 3.
   */
  static open(file: string | undefined, passphrase: string, kept?: ExportedState): CheckpointFile {
    const content: unknown = file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : kept;
    if (content === undefined) {
      return new CheckpointFile(file, Crypter.create(passphrase), { resources: [], pending: [] }, undefined);
    }
    const parsed = fileSchema.safeParse(content);
    if (!parsed.success) {
      throw new Error(`${file ?? "the state"} is not a deployment of version 3: ${z.prettifyError(parsed.error)}`);
    }
    const { deployment } = parsed.data;
    const salt = deployment.secrets_providers?.state.salt;
    const crypter = salt === undefined ? Crypter.create(passphrase) : Crypter.open(passphrase, salt);
    const open = (resource: unknown) => decrypted(resource as ResourceState, crypter);
    const start = {
      resources: (deployment.resources ?? []).map(open),
      pending: (deployment.pending_operations ?? []).map(
        (pending) => ({ ...pending, resource: open(pending.resource) }) as PendingOperation,
      ),
    };
    return new CheckpointFile(file, crypter, start, parsed.data as unknown as ExportedState);
  }

  export(): ExportedState {
    return this.last ?? this.render(this.start);
  }

  /** Written whole beside the file and moved over it, so that a kill leaves the old one or the new one. */
  save(checkpoint: Checkpoint): void {
    this.last = this.render(checkpoint);
    if (this.file === undefined) return;
    mkdirSync(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.last, null, 4));
    renameSync(temporary, this.file);
  }

  private render({ resources, pending }: Checkpoint): ExportedState {
    const seal = (resource: ResourceState) => encrypted(resource, this.crypter);
    const magic = createHash("sha256").update(VERSION).digest("hex");
    return {
      version: 3,
      deployment: {
        manifest: { time: new Date().toISOString(), magic, version: VERSION },
        secrets_providers: { type: "passphrase", state: { salt: this.crypter.state } },
        ...(resources.length > 0 ? { resources: resources.map(seal) } : {}),
        ...(pending.length > 0
          ? { pending_operations: pending.map(({ resource, type }) => ({ resource: seal(resource), type })) }
          : {}),
        metadata: {},
      },
    };
  }
}

function encrypted(resource: ResourceState, crypter: Crypter): object {
  const seal = (value: Value): Value => {
    if (isSecret(value)) return { [SIGNATURE]: SECRET, ciphertext: crypter.encrypt(JSON.stringify(plain(value))) };
    if (Array.isArray(value)) return value.map(seal);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, seal(item)]));
  };
  const { inputs, outputs, replacementTrigger, ...rest } = resource;
  return {
    ...withoutEmpty(rest),
    ...(replacementTrigger === undefined ? {} : { replacementTrigger: seal(replacementTrigger) }),
    ...(Object.keys(inputs).length > 0 ? { inputs: seal(inputs) } : {}),
    ...(Object.keys(outputs).length > 0 ? { outputs: seal(outputs) } : {}),
  };
}

/** Pulumi leaves out what is empty, and its import is strict about a few of these fields. */
function withoutEmpty(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, value]) =>
        key === "custom" ||
        !(
          value === undefined ||
          value === "" ||
          value === false ||
          (typeof value === "object" && value !== null && Object.keys(value).length === 0)
        ),
    ),
  );
}

function decrypted(resource: ResourceState, crypter: Crypter): ResourceState {
  const open = (value: Value): Value => {
    if (isSecret(value)) {
      const { ciphertext, plaintext } = value;
      if (typeof ciphertext === "string") return secret(JSON.parse(crypter.decrypt(ciphertext)) as Value);
      // `pulumi stack export --show-secrets` writes them in the clear.
      if (typeof plaintext === "string") return secret(JSON.parse(plaintext) as Value);
      return value;
    }
    if (Array.isArray(value)) return value.map(open);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item)]));
  };
  const inputs = open(resource.inputs ?? {}) as Properties;
  const outputs = open(resource.outputs ?? {}) as Properties;
  const { replacementTrigger } = resource;
  return {
    ...resource,
    inputs,
    outputs,
    ...(replacementTrigger === undefined ? {} : { replacementTrigger: open(replacementTrigger) }),
  };
}
