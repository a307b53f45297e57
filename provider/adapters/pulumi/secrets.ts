import { rememberSecret } from "../../core/errors";
import type { Values } from "../../resources";
import { UNKNOWN } from "../../schema/unknown";

/**
 * The input that names the secret inputs for the dynamic adapter: Pulumi passes values without their marks, and marks
 * only the outputs of the same names.
 */
export const SECRET_INPUTS = "__secretInputs";

/** The input that tells the dynamic adapter the resource's URN, which Pulumi does not pass to dynamic providers. */
export const OWNER = "owner";

/** The key by which the protocol tags its special values, and the tag of a secret. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The secret strings among properties, by the top-level property that is secret or contains them. */
export type Secrets = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Outputs that can only derive from these inputs. All other outputs may contain any secret: a Restore's record has the
 * snapshot's name, the remembered texts have the description.
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
 * Secret strings of all resources of this process: a Restore that was given only a snapshot's id still records the
 * snapshot's secret name. Short strings are omitted, since they occur in ordinary texts by chance.
 */
const ofAll = new Set<string>();

/** Remembers a secret string, so that messages are redacted too. */
export function noteSecret(texts: Set<string>, text: unknown): void {
  if (typeof text !== "string" || text === "" || text === UNKNOWN) return;
  texts.add(text);
  if (text.length >= 4) ofAll.add(text);
  rememberSecret(text);
}

/**
 * Whether a property is secret: it arrived as a secret or contains a secret string. For a property that the program
 * states, the program alone decides, even if its text contains a secret.
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

/** Secrets of an earlier state whose properties the program no longer states: they stay secret. */
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
