import { type Lifecycle, lifecycles, type Query, queries } from "../../../resources";
import { listFields } from "../../../resources/queries/list-snapshots";
import type { Field, FieldTable } from "../../../schema/fields";
import { typedInputs } from "../../../schema/lookups";
import { type OutputTable, outputField, publicOutputs } from "../../../schema/outputs";
import { dynamicTypeOf, PACKAGE, tokenOf } from "../tokens";
import { configProperties } from "./config";
import type { FunctionSpec, ObjectSpec, PackageSpec, PropertySpec, ResourceSpec } from "./spec";
import { isOptional, TypeCollector, withDefault } from "./types";

/** The fields of package.json that the schema repeats. */
export interface PackageFacts {
  version: string;
  description: string;
  license: string;
  keywords: string[];
}

/** The package schema, generated from the tables that the lifecycles use. */
export function buildSchema(facts: PackageFacts): PackageSpec {
  const collector = new TypeCollector();
  const config = configProperties(collector);
  const resources = Object.entries(lifecycles).map(([type, lifecycle]) => [
    tokenOf(type),
    resourceSpec(lifecycle, collector),
  ]);
  const functions = Object.entries(queries).map(([name, query]) => [
    tokenOf(name),
    functionSpec(name, query, collector),
  ]);
  return {
    name: PACKAGE,
    displayName: PACKAGE,
    version: facts.version,
    description: facts.description,
    keywords: facts.keywords,
    license: facts.license,
    meta: { moduleFormat: "(.*)" },
    config: { variables: config, defaults: Object.keys(config) },
    types: sorted(collector.types),
    provider: {
      description: "A provider with its own connections, for programs that must not share the stack's.",
      inputProperties: config,
    },
    resources: sorted(Object.fromEntries(resources)),
    functions: sorted(Object.fromEntries(functions)),
    language: {
      // The hand-written package `snapstate` serves Node programs; a generated one must not take its name.
      nodejs: { packageName: "@snapstate/plugin", respectSchemaVersion: true },
      python: { packageName: "pulumi_snapstate", respectSchemaVersion: true, pyproject: { enabled: true } },
      go: {
        importBasePath: "github.com/pulumi/pulumi-snapstate/sdk/go/snapstate",
        respectSchemaVersion: true,
        generateResourceContainerTypes: true,
      },
      csharp: { respectSchemaVersion: true },
    },
  };
}

function resourceSpec(lifecycle: Lifecycle, collector: TypeCollector): ResourceSpec {
  const { type, description, fields, outputs } = lifecycle;
  const inputs = inputSpec(fields, type, collector);
  const computed = outputSpec(outputs, type, collector);
  // In the state, an input is always present when it is required, has a default, or is filled in by the platform.
  const always = visible(fields).filter(
    ([, field]) => field.known || field.default !== undefined || !isOptional(field.schema),
  );
  const state = Object.fromEntries(
    Object.entries(inputs.properties ?? {}).map(([name, { willReplaceOnChanges: _, default: __, ...rest }]) => [
      name,
      rest,
    ]),
  );
  return {
    description,
    properties: { ...state, ...computed.properties },
    required: [...always.map(([name]) => name), ...(computed.required ?? [])].sort(),
    inputProperties: inputs.properties,
    requiredInputs: inputs.required,
    ...(lifecycle.list ? { listInputs: listSpec(type, collector) } : {}),
    aliases: [{ type: dynamicTypeOf(type) }],
  };
}

function listSpec(type: string, collector: TypeCollector): ObjectSpec {
  return inputSpec(listFields, type, collector);
}

function functionSpec(name: string, query: Query, collector: TypeCollector): FunctionSpec {
  const inputs = inputSpec(query.fields, name, collector);
  const properties = Object.fromEntries(
    Object.entries(inputs.properties ?? {}).map(([key, { willReplaceOnChanges: _, ...rest }]) => [key, rest]),
  );
  return {
    description: query.description,
    inputs: { ...inputs, properties },
    outputs: outputSpec(query.outputs, name, collector),
  };
}

function inputSpec(fields: FieldTable, owner: string, collector: TypeCollector): ObjectSpec {
  const properties: Record<string, PropertySpec> = {};
  for (const [name, field] of visible(fields)) {
    // One type for the objects that name a VM, whatever the input is called.
    const type = collector.property(field.schema, name.replace(/^\w+(?=Lookups?$)/, "target"), owner);
    properties[name] = {
      ...type,
      ...withDefault(type, field.description, field.default),
      ...(field.change === "replace" ? { willReplaceOnChanges: true } : {}),
    };
  }
  const required = visible(fields).filter(([, field]) => field.default === undefined && !isOptional(field.schema));
  return { type: "object", properties, required: required.map(([name]) => name).sort() };
}

function outputSpec(outputs: OutputTable, owner: string, collector: TypeCollector): ObjectSpec {
  const fields = Object.entries(publicOutputs(outputs)).map(([name, entry]) => [name, outputField(entry)] as const);
  const properties = fields.map(([name, { schema, description }]) => [
    name,
    { ...collector.output(schema, name, owner), description },
  ]);
  const required = fields.filter(([, { schema }]) => !isOptional(schema));
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: required.map(([name]) => name).sort(),
  };
}

function visible(fields: FieldTable): [string, Field][] {
  return Object.entries(typedInputs(fields)).filter(([, field]) => !field.hidden);
}

function sorted<T>(map: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
