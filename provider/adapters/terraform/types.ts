import type { ZodType } from "zod";
import { type JsonSchema, jsonSchema } from "../../schema/json-schema";

/** The part of Terraform's types that is used here. An attribute has exactly one type: unions become strings. */
export type TfType =
  /** `number` if numbers are meant as well. */
  | { is: "string"; number?: true }
  | { is: "number" | "bool" }
  | { is: "list" | "map"; of: TfType }
  | { is: "object"; attributes: Attribute[] };

export interface Attribute {
  /** Terraform's name: `expires_at`. */
  name: string;
  /** The lifecycles' name: `expiresAt`. */
  key: string;
  type: TfType;
  description: string;
  mode: "required" | "optional" | "computed" | "optional-computed";
  sensitive?: boolean;
}

/** Names that Terraform reserves in a resource block. */
const RESERVED: Readonly<Record<string, string>> = { connection: "connection_name" };

export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function attributeName(key: string): string {
  return RESERVED[key] ?? snakeCase(key);
}

/** Replaces the lifecycles' names in a description by Terraform's. */
export function inTerraformWords(text: string): string {
  return text
    .replace("as configured under `snapstate:connections`", "one of the provider's `connections`")
    .replace(/`up`/g, "`apply`")
    .replace(/`([a-z]+(?:[A-Z][a-z]+)+)`/g, (_, name: string) => `\`${attributeName(name)}\``);
}

/** @param given true if programs set it, so parts may be omitted; otherwise all parts are computed */
export function typeOfSchema(schema: ZodType, given: boolean): TfType {
  return typeOf(jsonSchema(schema), given);
}

/** The attributes of an object's schema. */
export function attributesOfSchema(schema: ZodType, given: boolean): Attribute[] {
  const type = typeOfSchema(schema, given);
  if (type.is !== "object") throw new TypeError("not the schema of an object");
  return type.attributes;
}

function typeOf(json: JsonSchema, given: boolean): TfType {
  const alternatives = Array.isArray(json.type)
    ? json.type.map((type) => ({ ...json, type }))
    : (json.anyOf ?? json.oneOf);
  if (alternatives) return choice(alternatives, given);
  switch (json.type) {
    case "number":
    case "integer":
      return { is: "number" };
    case "boolean":
      return { is: "bool" };
    case "array":
      return { is: "list", of: typeOf(json.items ?? {}, given) };
    case "object":
      if (json.properties) return objectOf(json, given);
      return {
        is: "map",
        of: typeof json.additionalProperties === "object" ? typeOf(json.additionalProperties, given) : TEXT,
      };
    default:
      // Accept anything: Terraform converts numbers and booleans to strings.
      return TEXT;
  }
}

const TEXT: TfType = { is: "string" };

/** The string that stands for the alternatives; the objects among them only make a string's interpretation explicit. */
function choice(alternatives: JsonSchema[], given: boolean): TfType {
  const types = alternatives.map((one) => typeOf(one, given));
  const [first] = types;
  if (types.some(({ is }) => is === "string")) {
    return types.some(({ is }) => is === "number") ? { is: "string", number: true } : TEXT;
  }
  if (first === undefined) throw new TypeError("an empty union");
  return first;
}

function objectOf(json: JsonSchema, given: boolean): TfType {
  const attributes = Object.entries(json.properties ?? {}).map(
    ([key, property]): Attribute => ({
      name: snakeCase(key),
      key,
      type: typeOf(property, given),
      description: inTerraformWords(property.description ?? ""),
      mode: !given ? "computed" : json.required?.includes(key) ? "required" : "optional",
    }),
  );
  return { is: "object", attributes };
}
