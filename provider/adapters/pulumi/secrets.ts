import { rememberSecret } from "../../core/errors";
import type { Values } from "../../resources";
import { UNKNOWN } from "../../resources/shared/unknown";

/**
 * The input in which the dynamic adapter is told which of a resource's inputs are secret: Pulumi hands the values on without their marks,
 * and marks again only the outputs of the same names.
 */
export const SECRET_INPUTS = "__secretInputs";

/** The key by which the protocol marks a value of its own kind, and the mark of a secret. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The secret texts among properties, by the top-level property that is secret or holds them. */
export type Secrets = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Outputs that can be made of these inputs only. To all others the text of any secret may have come: a snapshot's name into the record of
 * a revert, a description into what the state remembers of it.
 */
const DERIVED_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  name: ["name", "target"],
  description: ["description"],
  targetName: ["target"],
  targetPath: ["target"],
  targetId: ["target"],
};

/** A value as the protocol marks a secret. */
export function marked(value: unknown): object {
  return { [SIGNATURE]: SECRET, value };
}

/** The secrets among plain values whose secret properties are known by name. */
export function secretsAmong(values: Values, keys: unknown): Secrets {
  if (!Array.isArray(keys)) return new Map();
  return new Map(keys.map((key: string) => [key, new Set(textsOf(values[key]))]));
}

/**
 * Secret texts of all resources of this process: the secret name of a snapshot comes into the record of a Restore that was given the
 * snapshot's id, which is none. Short ones would be found in many a text by chance.
 */
const ofAll = new Set<string>();

/** Notes a secret text, so that it is also taken out of messages. */
export function noteSecret(texts: Set<string>, text: unknown): void {
  if (typeof text !== "string" || text === "" || text === UNKNOWN) return;
  texts.add(text);
  if (text.length >= 4) ofAll.add(text);
  rememberSecret(text);
}

/**
 * Whether a property is a secret: one that came as a secret, or that holds the text of one. A property that the program states is as
 * secret as the program says, whatever its text has in common with a secret.
 *
 * @param stated the inputs that the program states
 */
export function isSecret(key: string, value: unknown, stated: Values, sources: readonly Secrets[]): boolean {
  if (sources.some((source) => source.has(key))) return true;
  if (stated[key] !== undefined) return false;
  const from = DERIVED_OUTPUTS[key];
  if (from === undefined && holds(value, ofAll)) return true;
  return sources.some((source) =>
    [...source].some(([of, texts]) => (from === undefined || from.includes(of)) && holds(value, texts)),
  );
}

/** The secrets of an earlier state whose properties the program does not state any more: what is left of them is secret still. */
export function unstated(secrets: Secrets, stated: Values): Secrets {
  return new Map([...secrets].filter(([key]) => stated[key] === undefined));
}

function textsOf(value: unknown): string[] {
  const texts = new Set<string>();
  const walk = (one: unknown) => {
    noteSecret(texts, one);
    if (one !== null && typeof one === "object") Object.values(one).forEach(walk);
  };
  walk(value);
  return [...texts];
}

function holds(value: unknown, texts: ReadonlySet<string>): boolean {
  if (texts.size === 0) return false;
  if (typeof value === "string")
    return [...texts].some((text) => value === text || (text.length >= 4 && value.includes(text)));
  if (Array.isArray(value)) return value.some((element) => holds(element, texts));
  if (value !== null && typeof value === "object") return Object.values(value).some((element) => holds(element, texts));
  return false;
}
