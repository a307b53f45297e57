import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../../../testing/support/package-root";
import { lifecycles, queries } from "../../../resources";
import type { ResourceType } from "../../../resources/resource-type";
import type { Field } from "../../../schema/fields";
import { lookupName } from "../../../schema/lookups";
import { dynamicTypeOf, tokenOf } from "../tokens";
import { buildSchema } from "./build";
import { sdkTypes, sdkTypesFile } from "./sdk-types";
import type { ObjectSpec, PropertySpec, TypeSpec } from "./spec";

const root = packageRoot(__dirname);
const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
const schema = buildSchema(read("package.json"));

/** Every property of the schema, with a name that says where it is. */
function properties(): [string, PropertySpec][] {
  const objects: [string, ObjectSpec][] = [["provider", { properties: schema.provider.inputProperties }]];
  for (const [token, type] of Object.entries(schema.types)) if (!("enum" in type)) objects.push([token, type]);
  for (const [token, { inputs, outputs }] of Object.entries(schema.functions)) {
    objects.push([`${token} inputs`, inputs], [`${token} outputs`, outputs]);
  }
  for (const [token, spec] of Object.entries(schema.resources)) {
    objects.push([token, spec], [`${token} inputs`, { properties: spec.inputProperties }]);
    if (spec.listInputs) objects.push([`${token} list`, spec.listInputs]);
  }
  return objects.flatMap(([where, { properties: all = {} }]) =>
    Object.entries(all).map(([name, property]): [string, PropertySpec] => [`${where}.${name}`, property]),
  );
}

function references(type: TypeSpec): string[] {
  const inner = [...(type.oneOf ?? []), ...(type.items ? [type.items] : [])];
  if (type.additionalProperties) inner.push(type.additionalProperties);
  return [...(type.$ref ? [type.$ref] : []), ...inner.flatMap(references)];
}

describe("schema.json", () => {
  it("matches the tables; npm run schema writes it", () => {
    assert.deepEqual(read("schema.json"), JSON.parse(JSON.stringify(schema)));
  });

  for (const type of Object.keys(lifecycles) as ResourceType[]) {
    it(`the TypeScript package's types of ${type} match its tables; npm run schema writes them`, () => {
      assert.equal(readFileSync(join(root, "sdk", "types", sdkTypesFile(type)), "utf8"), sdkTypes(type));
    });
  }

  it("has every resource and function, each an alias of the dynamic adapter's type", () => {
    assert.deepEqual(Object.keys(schema.resources).sort(), Object.keys(lifecycles).map(tokenOf).sort());
    assert.deepEqual(Object.keys(schema.functions).sort(), Object.keys(queries).map(tokenOf).sort());
    for (const type of Object.keys(lifecycles)) {
      assert.deepEqual(schema.resources[tokenOf(type)]?.aliases, [{ type: dynamicTypeOf(type) }]);
    }
  });

  it("describes everything", () => {
    for (const [where, { description }] of properties()) {
      assert.ok(description, `${where} has no description`);
    }
    for (const [token, { description }] of Object.entries(schema.resources)) assert.ok(description, token);
  });

  it("says something of each setting of each platform", () => {
    const settings = schema.types[tokenOf("Connection")] as { properties: Record<string, { description?: string }> };
    for (const [name, { description }] of Object.entries(settings.properties)) {
      assert.doesNotMatch(description ?? "", /: \./, name);
    }
  });

  it("refers only to types that are there", () => {
    for (const [where, property] of properties()) {
      for (const reference of references(property)) {
        if (reference === "pulumi.json#/Any") continue;
        const token = reference.replace("#/types/", "");
        assert.ok(schema.types[token], `${where} refers to ${reference}`);
      }
    }
  });

  it("shows no hidden input, and says of each input whether a change replaces", () => {
    for (const [type, { fields }] of Object.entries(lifecycles)) {
      const spec = schema.resources[tokenOf(type)];
      const visible = Object.entries(fields).filter(([, field]) => !("hidden" in field && field.hidden));
      assert.deepEqual(
        Object.keys(spec?.inputProperties ?? {}),
        visible.flatMap(([name, { lookup }]: [string, Field]) =>
          lookup ? [name, lookupName(name, lookup === "many")] : [name],
        ),
      );
      for (const [name, { change }] of visible) {
        assert.equal(
          spec?.inputProperties?.[name]?.willReplaceOnChanges ?? false,
          change === "replace",
          `${type}.${name}`,
        );
      }
    }
  });

  it("requires the inputs without which a resource cannot be, and no other", () => {
    assert.deepEqual(schema.resources[tokenOf("Snapshot")]?.requiredInputs, []);
    assert.deepEqual(schema.resources[tokenOf("Restore")]?.requiredInputs, ["snapshot"]);
  });

  it("has no choice of types that typed languages lose, but for enums, whose texts they take", () => {
    const choices = [...JSON.stringify(schema).matchAll(/"oneOf":(\[.*?\])/g)].map((match) => match[1] ?? "");
    const lost = choices.filter((one) => !/^\[\{"type":"string"\},\{"\$ref":"#\/types\/[\w:]+"\}\]$/.test(one));
    assert.deepEqual(lost, []);
  });

  it("marks credentials as secrets, and takes none from the environment into a state", () => {
    const connection = schema.types[tokenOf("Connection")] as ObjectSpec;
    assert.equal(connection.properties?.password?.secret, true);
    assert.equal(schema.config.variables.connections?.secret, true);
    assert.doesNotMatch(JSON.stringify(schema), /defaultInfo/);
  });

  it("has values of the types that generated code expects", () => {
    for (const [where, property] of properties()) {
      const kinds = [property.type, property.oneOf, property.$ref].filter((kind) => kind !== undefined);
      assert.equal(kinds.length, 1, where);
    }
  });
});
