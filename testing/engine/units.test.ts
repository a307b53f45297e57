import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CheckpointFile, type ExportedState } from "./checkpoint";
import { diffInputs, withReplaceOnChanges } from "./property-diff";
import { covers, formatPath, parsePath, putBack } from "./property-path";
import { Crypter } from "./secrets";
import { StackState } from "./stack-state";
import type { ResourceState } from "./types";
import { annotate, containsSecret, reveal, same, secret } from "./values";

test("secrets are in the form of Pulumi's passphrase provider", () => {
  // Made by Pulumi itself (its own tests use it): the salt, and the word "pulumi" under the passphrase "password".
  const state = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
  const crypter = Crypter.open("password", state);
  assert.throws(() => Crypter.open("password123", state), /incorrect passphrase/);
  assert.throws(() => Crypter.open("password", "v2:x:y"), /unknown form/);
  fc.assert(fc.property(fc.string(), (text) => crypter.decrypt(crypter.encrypt(text)) === text));
  const own = Crypter.create("other");
  assert.match(own.state, /^v1:[A-Za-z0-9+/]{11}=:v1:[^:]+:[^:]+$/);
  assert.equal(Crypter.open("other", own.state).decrypt(own.encrypt("x")), "x");
  const bad = own.encrypt("tampered").replace(/.{6}$/, "AAAAAA");
  assert.throws(() => Crypter.open("other", own.state).decrypt(bad));
});

const resource = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: `urn:pulumi:dev::p::a:b:C::${name}`,
  custom: true,
  type: "a:b:C",
  id: name,
  inputs: {},
  outputs: {},
  ...more,
});

test("a checkpoint has the fields of a deployment of version 3, and comes back as it was", () => {
  const file = CheckpointFile.open(undefined, "x");
  const state = resource("r", { inputs: { key: secret({ deep: [1, "two"] }) }, dependencies: [], protect: false });
  file.save({ resources: [state], pending: [{ resource: resource("s"), type: "creating" }] });
  const exported: ExportedState = file.export();
  assert.deepEqual(Object.keys(exported), ["version", "deployment"]);
  assert.equal(exported.version, 3);
  const { manifest, secrets_providers, resources, pending_operations } = exported.deployment;
  assert.match(manifest.magic, /^[0-9a-f]{64}$/);
  assert.equal(secrets_providers?.type, "passphrase");
  // What is empty is left out, as Pulumi does.
  assert.deepEqual(Object.keys(resources?.[0] ?? {}).sort(), ["custom", "id", "inputs", "type", "urn"]);
  assert.equal(pending_operations?.[0]?.type, "creating");
  const back = CheckpointFile.open(undefined, "x", JSON.parse(JSON.stringify(exported)) as ExportedState);
  assert.deepEqual(back.start.resources[0]?.inputs, state.inputs);
  assert.throws(() => CheckpointFile.open(undefined, "x", { version: 4 } as unknown as ExportedState), /version 3/);
});

test("an interrupted create stays until a person clears it; other interrupted operations go with the next save", () => {
  let pending: string[] = [];
  const start = {
    resources: [],
    pending: [
      { resource: resource("a"), type: "creating" as const },
      { resource: resource("b"), type: "deleting" as const },
    ],
  };
  const state = new StackState(start, (content) => {
    pending = content.pending.map(({ type }) => type);
  });
  state.save();
  assert.deepEqual(pending, ["creating"]);
  state.clearInterrupted();
  state.save();
  assert.deepEqual(pending, []);
});

test("property paths", () => {
  for (const path of ["a", "a.b[0].c", 'a["b c"].d', "[2]"]) assert.equal(formatPath(parsePath(path)), path);
  assert.ok(covers(parsePath("a.*"), parsePath("a.b[1]")) && !covers(parsePath("a.b"), parsePath("a")));
  const [news, olds] = [
    { a: { b: 2, c: 3 }, list: [{ x: 1 }, { x: 2 }], gone: 1 },
    { a: { b: 1 }, list: [{ x: 9 }, { x: 8 }], kept: 1 },
  ];
  assert.deepEqual(putBack(news, olds, parsePath("a.b")), { ...news, a: { b: 1, c: 3 } });
  assert.deepEqual(putBack(news, olds, parsePath("list[*].x")), { ...news, list: [{ x: 9 }, { x: 8 }] });
  assert.deepEqual(putBack(news, olds, parsePath("*")), olds);
});

test("diffs and secrets of values", () => {
  const diff = diffInputs({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 5, d: 2 }, e: secret("s") });
  assert.deepEqual(
    Object.entries(diff.detailed ?? {}).map(([path, { kind }]) => `${kind} ${path}`),
    ["delete a", "update b.c", "add e"],
  );
  const forced = withReplaceOnChanges(diff, ["b.*"], false);
  assert.equal(forced.detailed?.["b.c"]?.kind, "update-replace");
  assert.equal(diffInputs({ a: secret("x") }, { a: "x" }).changes, false);
  const marked = annotate({ a: { k: "s", plain: 1 }, list: ["s"] }, { a: { k: secret("s") }, list: [secret("s")] });
  assert.deepEqual(marked, { a: { k: secret("s"), plain: 1 }, list: secret(["s"]) });
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(
      json,
      (value) => same(secret(value as never), value as never) && !containsSecret(reveal(secret(value as never))),
    ),
  );
});
