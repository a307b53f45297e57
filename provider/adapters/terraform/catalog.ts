import { type Lifecycle, lifecycles } from "../../resources";
import type { FieldTable } from "../../schema/fields";
import { typedInputs } from "../../schema/lookups";
import { type OutputTable, outputField, publicOutputs } from "../../schema/outputs";
import { type Attribute, attributeName, inTerraformWords, snakeCase, typeOfSchema } from "./types";

const PREFIX = "snapstate_";

/** A resource as Terraform sees it. */
export interface TfResource {
  typeName: string;
  lifecycle: Lifecycle;
  attributes: Attribute[];
  /** Values kept in the private part of the state, which users do not see. */
  internal: string[];
  /** The inputs that identify a resource, besides its type and connection. */
  identity: string[];
}

/**
 * Terraform does not pass the resource's address to a provider, so the identity comes from the configuration: the
 * target and, where a target can have several, a name.
 */
const IDENTITY: Readonly<Record<string, string[]>> = {
  Snapshot: ["target", "name"],
  RecoveryPoint: ["target", "name"],
  SnapshotPolicy: ["label"],
  Template: ["name"],
  Volume: ["name"],
};

const ID: Attribute = {
  name: "id",
  key: "id",
  type: { is: "string" },
  description: "`connection/target/snapshot`, each part percent-encoded. It can be imported.",
  mode: "computed",
};

let all: Map<string, TfResource> | undefined;

/** Every resource, by its Terraform type. */
export function resources(): Map<string, TfResource> {
  all ??= new Map(
    Object.entries(lifecycles).map(([type, lifecycle]) => [PREFIX + typeName(type), resourceOf(type, lifecycle)]),
  );
  return all;
}

function typeName(type: string): string {
  return snakeCase(type).replace(/^_/, "");
}

function resourceOf(type: string, lifecycle: Lifecycle): TfResource {
  const identity = IDENTITY[type] ?? ["target"];
  const shown = publicOutputs(lifecycle.outputs);
  const inputs = inputAttributes(lifecycle.fields, identity).map((one) =>
    // An input that is also an output is computed if the program omits it.
    one.key in shown && one.mode === "optional" ? { ...one, mode: "optional-computed" as const } : one,
  );
  const outputs = Object.fromEntries(Object.entries(shown).filter(([key]) => !(key in lifecycle.fields)));
  const hidden = Object.keys(lifecycle.fields).filter((key) => lifecycle.fields[key]?.hidden);
  return {
    typeName: PREFIX + typeName(type),
    lifecycle,
    attributes: [ID, ...inputs, ...outputAttributes(outputs)],
    internal: [...hidden, ...Object.keys(lifecycle.outputs).filter((key) => !(key in shown))],
    identity,
  };
}

/** @param identity names that are required here although they are optional for a lifecycle */
export function inputAttributes(fields: FieldTable, identity: readonly string[] = []): Attribute[] {
  return Object.entries(typedInputs(fields)).flatMap(([key, field]): Attribute[] => {
    if (field.hidden) return [];
    const { description, schema, known, default: preset } = field;
    const optional = preset !== undefined || schema.safeParse(undefined).success;
    const named = preset === undefined && field.lookup === undefined && identity.includes(key);
    const required = !optional || named;
    const computed = preset !== undefined || known || (key === "description" && fields.name?.known);
    const defaultNote = ["string", "number", "boolean"].includes(typeof preset) ? ` Defaults to \`${preset}\`.` : "";
    return [
      {
        name: attributeName(key),
        key,
        type: typeOfSchema(schema, true),
        description: `${inTerraformWords(required ? description.replace(/ Default: [^.]*\./, "") : description)}${defaultNote}`,
        mode: required ? "required" : computed ? "optional-computed" : "optional",
      },
    ];
  });
}

export function outputAttributes(outputs: OutputTable): Attribute[] {
  return Object.entries(outputs).map(([key, entry]) => {
    const { schema, description } = outputField(entry);
    const type = typeOfSchema(schema, false);
    return { name: attributeName(key), key, type, description: inTerraformWords(description), mode: "computed" };
  });
}
