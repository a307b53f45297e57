import { isDeepStrictEqual } from "node:util";
import { type ZodType, z } from "zod";
import { lifecycles } from "../../../resources";
import { tokenOf } from "../tokens";
import type { EnumSpec, ObjectSpec, PropertySpec, TypeSpec } from "./spec";

/** What of JSON Schema zod's own conversion produces. */
interface JsonSchema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  default?: unknown;
}

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };

/** Turns zod schemas into Pulumi's types, and gathers the object and enum types that need a name. */
export class TypeCollector {
  readonly types: Record<string, ObjectSpec | EnumSpec> = {};
  private given = true;

  /**
   * @param name what an object or enum in it is called when it is the first of that name, or equal to the first
   * @param owner put before the name otherwise
   */
  property(schema: ZodType, name: string, owner: string): PropertySpec {
    this.given = true;
    return this.typeOf(jsonSchema(schema), capitalize(name), owner);
  }

  /** Of what programs do not give. */
  output(schema: ZodType, name: string, owner: string): PropertySpec {
    this.given = false;
    return this.typeOf(jsonSchema(schema), capitalize(name), owner);
  }

  /** An object type's properties, with their descriptions. */
  object(schema: ZodType, owner: string): ObjectSpec {
    this.given = true;
    return this.objectOf([jsonSchema(schema)], owner);
  }

  private typeOf(json: JsonSchema, name: string, owner: string): TypeSpec {
    const several = Array.isArray(json.type) ? json.type.map((type) => ({ ...json, type })) : undefined;
    const alternatives = several ?? json.anyOf ?? json.oneOf;
    if (alternatives) return this.union(alternatives, name, owner);
    if (json.allOf?.length === 1) return this.typeOf(json.allOf[0] as JsonSchema, name, owner);
    // A choice with a plain string, so that type checkers take both; where only the platform gives it, the enum alone.
    if (json.enum) {
      const choice = this.named(enumOf(json.enum), name, owner);
      return this.given ? { oneOf: [{ type: "string" }, choice] } : choice;
    }
    switch (json.type) {
      case "string":
      case "number":
      case "integer":
      case "boolean":
        return { type: json.type };
      case "array":
        return { type: "array", items: this.typeOf(json.items ?? {}, singular(name), owner) };
      case "object":
        if (json.properties) return this.named(this.objectOf([json], name), name, owner);
        return typeof json.additionalProperties === "object"
          ? { type: "object", additionalProperties: this.typeOf(json.additionalProperties, singular(name), owner) }
          : { type: "object", additionalProperties: ANY };
      default:
        return ANY;
    }
  }

  /** Several objects become one whose properties are all optional: generated SDKs have no use for a choice of them. */
  private union(alternatives: JsonSchema[], name: string, owner: string): TypeSpec {
    const objects = alternatives.filter(({ properties }) => properties);
    const members = alternatives.filter(({ properties }) => !properties).map((one) => this.typeOf(one, name, owner));
    if (objects.length > 0) members.push(this.named(this.objectOf(objects, name), name, owner));
    // A duration may be a number of seconds where the language allows it. Typed ones have the text.
    if (members.length === 2 && ["string", "number"].every((type) => members.some((one) => one.type === type)))
      return { type: "string" };
    const [only, ...more] = members;
    return only && more.length === 0 ? only : { oneOf: members };
  }

  private objectOf(alternatives: JsonSchema[], owner: string): ObjectSpec {
    const properties: Record<string, PropertySpec> = {};
    for (const [key, json] of alternatives.flatMap((one) => Object.entries(one.properties ?? {}))) {
      const type = this.typeOf(json, capitalize(key), owner);
      properties[key] = { ...type, ...withDefault(type, json.description ?? "", json.default) };
    }
    const required = alternatives.length === 1 ? (alternatives[0]?.required ?? []) : [];
    return {
      ...(alternatives.length > 1 ? { description: "Give exactly one of these." } : {}),
      type: "object",
      properties,
      ...(required.length > 0 ? { required: [...required] } : {}),
    };
  }

  private named(spec: ObjectSpec | EnumSpec, name: string, owner: string): TypeSpec {
    for (const candidate of [name, `${capitalize(owner)}${name}`]) {
      const token = tokenOf(candidate);
      // A resource's class and a type of the same name would collide in most languages.
      if (Object.hasOwn(lifecycles, candidate)) continue;
      const known = this.types[token];
      if (known !== undefined && !isDeepStrictEqual(known, spec)) continue;
      this.types[token] = spec;
      return { $ref: `#/types/${token}` };
    }
    throw new Error(`two different types are called ${owner}${name}`);
  }
}

/**
 * A description with its default. Generated SDKs do not compile with a default on a choice of types; the provider fills it in anyway, so
 * that the description has it there.
 */
export function withDefault(
  type: TypeSpec,
  description: string,
  value: unknown,
): Pick<PropertySpec, "description" | "default"> {
  if (!isPlain(value)) return { description };
  return type.oneOf ? { description: `${description} Defaults to \`${value}\`.` } : { description, default: value };
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** Whether a program may leave it out. */
export function isOptional(schema: ZodType): boolean {
  return schema.safeParse(undefined).success;
}

export function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function singular(name: string): string {
  return name.replace(/s$/, "");
}

function enumOf(values: unknown[]): EnumSpec {
  return { type: "string", enum: values.map((value) => ({ value: String(value) })) };
}

function jsonSchema(schema: ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}
