import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode, ExtData, encode } from "@msgpack/msgpack";
import { UNKNOWN } from "../../schema/unknown";
import { resources } from "./catalog";
import { pathOf } from "./diagnostics";
import { schemaOf } from "./schema";
import type { Attribute } from "./types";
import { readObject, toObject, toValues, writeObject } from "./values";

const attribute = (key: string, type: Attribute["type"]): Attribute => ({
  name: key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  key,
  type,
  description: "",
  mode: "optional",
});

const ATTRIBUTES = [
  attribute("name", { is: "string" }),
  attribute("adoptExisting", { is: "bool" }),
  attribute("quiesceTimeout", { is: "string", number: true }),
  attribute("depth", { is: "number" }),
  attribute("limits", {
    is: "object",
    attributes: [attribute("maxAge", { is: "string" }), attribute("most", { is: "number" })],
  }),
  attribute("triggers", { is: "list", of: { is: "string" } }),
];

describe("values between Terraform and the lifecycles", () => {
  it("null is nothing, a text may stand for a number, a large number comes as a text", () => {
    const object = {
      name: null,
      adopt_existing: true,
      quiesce_timeout: "300",
      depth: "9007199254740991",
      limits: { max_age: "72h", most: null },
      triggers: ["1", null],
    };
    assert.deepEqual(toValues(ATTRIBUTES, object), {
      adoptExisting: true,
      quiesceTimeout: 300,
      depth: 9007199254740991,
      limits: { maxAge: "72h" },
      triggers: ["1", null],
    });
  });

  it("every attribute is written, texts", () => {
    const written = toObject(ATTRIBUTES, { adoptExisting: false, quiesceTimeout: 300, limits: { most: 2 } });
    assert.deepEqual(readObject(writeObject(written)), {
      name: null,
      adopt_existing: false,
      quiesce_timeout: "300",
      depth: null,
      limits: { max_age: null, most: 2 },
      triggers: null,
    });
  });

  for (const [what, extension] of [
    ["plain", new ExtData(0, Uint8Array.of(0))],
    ["refined", new ExtData(12, encode({ 1: false }))],
  ] as const) {
    it(`an unknown value, ${what}, stays unknown, wherever it is`, () => {
      const msgpack = encode({ name: extension, limits: { max_age: extension, most: 1 }, triggers: ["a", extension] });
      const values = toValues(ATTRIBUTES, readObject({ msgpack }) ?? {});
      assert.deepEqual(values, { name: UNKNOWN, limits: { maxAge: UNKNOWN, most: 1 }, triggers: ["a", UNKNOWN] });
      const back = decode(writeObject(toObject(ATTRIBUTES, values)).msgpack ?? new Uint8Array()) as Record<
        string,
        unknown
      >;
      assert.deepEqual(back.name, new ExtData(0, Uint8Array.of(0)));
    });
  }

  it("a resource that does not exist is null", () => {
    assert.equal(readObject(writeObject(undefined)), undefined);
    assert.equal(readObject({ msgpack: new Uint8Array() }), undefined);
    assert.deepEqual(readObject({ json: Buffer.from('{"name":"x"}') }), { name: "x" });
  });
});

describe("the schema for Terraform", () => {
  it("has every resource; names are Terraform's, and none is one that a resource block keeps for itself", () => {
    const reserved = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
    assert.equal(resources().size, 8);
    for (const [typeName, { attributes }] of resources()) {
      const names = attributes.map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name) || reserved.includes(name)),
        [],
        typeName,
      );
      assert.equal(new Set(names).size, names.length, typeName);
      for (const { name, description } of attributes) assert.notEqual(description, "", `${typeName}.${name}`);
    }
  });

  it("shows nothing internal", () => {
    for (const [typeName, { attributes }] of resources()) {
      const internal = attributes.filter(({ key }) => ["marker", "desired", "installation"].includes(key));
      assert.deepEqual(internal, [], typeName);
    }
  });

  it("nests objects, and lists of them", () => {
    const { attributes } = schemaOf(resources().get("snapstate_snapshot_policy")?.attributes ?? [], "").block;
    const kept = attributes.find((one) => (one as { name: string }).name === "kept") as {
      nestedType: { nesting: number };
    };
    assert.equal(kept.nestedType.nesting, 2);
  });

  it("an input's path is a path of attributes", () => {
    assert.deepEqual(pathOf("limits.maxChainDepth"), {
      steps: [{ attributeName: "limits" }, { attributeName: "max_chain_depth" }],
    });
    assert.deepEqual(pathOf("targets[2]"), { steps: [{ attributeName: "targets" }, { elementKeyInt: 2 }] });
    assert.deepEqual(pathOf("connection"), { steps: [{ attributeName: "connection_name" }] });
  });
});
