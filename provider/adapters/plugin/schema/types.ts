import { isDeepStrictEqual } from "node:util";
import type { ZodType } from "zod";
import { lifecycles } from "../../../resources";
import { type JsonSchema, jsonSchema } from "../../../schema/json-schema";
import { tokenOf } from "../tokens";
import type { EnumSpec, ObjectSpec, PropertySpec, TypeSpec } from "./spec";

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };

/** Converts zod schemas to Pulumi's types and collects the object and enum types that need a name. */
export class TypeCollector {
  readonly types: Record<string, ObjectSpec | EnumSpec> = {};
  private given = true;

  /**
   * @param name for an object or enum type, unless another type already has that name
   * @param owner prefixed to the name in that case
   */
  property(schema: ZodType, name: string, owner: string): PropertySpec {
    this.given = true;
    return this.typeOf(jsonSchema(schema), capitalize(name), owner);
  }

  /** A property that programs do not set. */
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
    // A choice of enum and plain string, so that type checkers accept both; for outputs the enum alone.
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

  /** Merges alternative objects into one with only optional properties: generated SDKs handle no unions of objects. */
  private union(alternatives: JsonSchema[], name: string, owner: string): TypeSpec {
    const objects = alternatives.filter(({ properties }) => properties);
    const members = alternatives.filter(({ properties }) => !properties).map((one) => this.typeOf(one, name, owner));
    if (objects.length > 0) members.push(this.named(this.objectOf(objects, name), name, owner));
    // A duration may be a number of seconds in languages with unions, and is a string in others.
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
      ...(alternatives.length > 1 ? { description: "Set exactly one of these." } : {}),
      type: "object",
      properties,
      ...(required.length > 0 ? { required: [...required] } : {}),
    };
  }

  private named(spec: ObjectSpec | EnumSpec, name: string, owner: string): TypeSpec {
    for (const candidate of [name, `${capitalize(owner)}${name}`]) {
      const token = tokenOf(candidate);
      // In most languages a resource class and a type of the same name would collide.
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
 * A description with its default. Generated SDKs do not compile with a default on a union type, and the provider fills
 * it in anyway, so the default is stated in the description.
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

/** Whether a program may omit it. */
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
