import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { count, Fixture, messages, opsOf, TOKEN } from "./test-support";

test("create, no-op, update and destroy, in the order in which resources need each other", async (context) => {
  const fixture = new Fixture(context);
  const items = [
    { name: "a", label: "one", secretToken: true },
    { name: "b", label: "two", from: ["a"] },
    { name: "c", label: "three", dependsOn: ["b"], parent: "group" },
  ];
  const preview = await fixture.stack(items).preview();
  assert.equal(preview.ok, true, messages(preview));
  assert.deepEqual(
    fixture.calls().filter((call) => /create|update|delete/.test(call)),
    [],
    "a preview changes nothing",
  );
  assert.deepEqual(opsOf(preview), ["create a", "create b", "create c"]);

  const created = await fixture.stack(items).up();
  assert.equal(created.ok, true, messages(created));
  const calls = fixture.calls().filter((call) => call.startsWith("create"));
  assert.deepEqual(calls, ["create one", "created one", "create two", "created two", "create three", "created three"]);
  assert.equal(typeof (created.outputs.serials as Record<string, unknown>).a, "string");
  assert.ok(created.timings.provider > 0 && created.timings.starting > 0);
  assert.ok(fixture.item("b")?.propertyDependencies?.needs?.[0]?.endsWith("::a"));

  const again = await fixture.stack(items).up();
  assert.equal(again.ok, true);
  assert.deepEqual(opsOf(again), []);
  assert.deepEqual(
    fixture.calls().filter((call) => /create|update/.test(call)),
    [],
  );

  items[1] = { name: "b", label: "changed", from: ["a"] };
  const updated = await fixture.stack(items).up();
  assert.deepEqual(opsOf(updated), ["update b"]);
  assert.match(updated.text, /~ label: "two" => "changed"/);
  assert.doesNotMatch(updated.text, /__provider/);

  fixture.calls();
  const destroyed = await fixture.stack(items).destroy();
  assert.equal(destroyed.ok, true, messages(destroyed));
  assert.deepEqual(
    fixture.calls().filter((call) => call.startsWith("delete")),
    ["delete three", "deleted three", "delete changed", "deleted changed", "delete one", "deleted one"],
  );
  assert.deepEqual(fixture.resources(), []);
});

test("what is printed has the signs, the counts and the outputs that Pulumi's has", async (context) => {
  const fixture = new Fixture(context);
  const config = { title: "x" };
  const at = (label: string, place: string) => [
    { name: "a", label, place: "here" },
    { name: "b", label: "two", place },
    ...(label === "one" ? [{ name: "c", label: "three" }] : [{ name: "d", label: "four" }]),
    { name: "e", label: "five" },
  ];
  const created = await fixture.stack(at("one", "here"), {}, config).up();
  assert.match(created.text, /^Updating \(dev\):/);
  assert.match(created.text, /^ \+ {2}pulumi-nodejs:dynamic\/enginetest:Item a created \(\d+\.\ds\)$/m);
  assert.match(created.text, /Outputs:\n[\s\S]*Resources:\n {4}\+ 5 created\n\nDuration: \d+s/);
  for (const [run, tense] of [
    [
      () => fixture.stack(at("uno", "there"), {}, config).preview(),
      ["to create", "to update", "to delete", "to replace"],
    ],
    [() => fixture.stack(at("uno", "there"), {}, config).up(), ["created", "updated", "deleted", "replaced"]],
  ] as const) {
    const { text, summary } = await run();
    assert.match(text, /^ ~ {2}\S+:Item a .*\[diff: ~label\]\n +~ label: "one" => "uno"$/m);
    assert.match(text, /^ \+- \S+:Item b .*\[diff: ~place\]\n +~ place: "here" => "there" \[forces replacement\]$/m);
    assert.match(text, /^ - {2}\S+:Item c (?!.*diff)/m);
    assert.match(text, /^ \+ {2}\S+:Item d /m);
    assert.doesNotMatch(text, /Item e|pulumi:providers|__provider/);
    const [create, update, remove, replace] = tense;
    assert.ok(
      text.includes(`    + 1 ${create}\n    ~ 1 ${update}\n    - 1 ${remove}\n    +- 1 ${replace}\n    2 unchanged`),
      text,
    );
    assert.deepEqual([summary.create, summary.update, summary.delete, summary.replace, summary.same], [1, 1, 1, 1, 2]);
  }
});

test("secrets are encrypted in the state and masked in what is shown", async (context) => {
  const fixture = new Fixture(context);
  const result = await fixture.stack([{ name: "a", label: "one", secretToken: true }]).up();
  assert.equal(result.ok, true, messages(result));
  assert.doesNotMatch(fixture.text(), new RegExp(TOKEN));
  assert.doesNotMatch(result.text, new RegExp(TOKEN));
  assert.match(result.text, /token: \[secret\]/);
  // The dynamic provider takes no secrets, so the engine marks the output again.
  assert.ok(JSON.stringify(fixture.item("a")?.outputs.token).includes("ciphertext"));
  const encrypted = JSON.stringify(fixture.item("a")?.outputs.token);
  await fixture.stack([{ name: "a", label: "two", secretToken: true }]).up();
  assert.equal(JSON.stringify(fixture.item("a")?.outputs.token), encrypted, "the same secret stays the same text");
  assert.throws(() => fixture.stack([], { passphrase: "wrong" }).exportState(), /incorrect passphrase/);
});

test("a replacement checks again without the old inputs, and creates before it deletes unless told not to", async (context) => {
  const fixture = new Fixture(context);
  const at = (place: string, dbr: boolean) => [
    { name: "a", label: "one", place, dbr },
    { name: "b", label: "two", from: ["a"] },
  ];
  await fixture.stack(at("here", false)).up();
  fixture.calls();
  const first = await fixture.stack(at("there", false)).up();
  assert.equal(first.ok, true, messages(first));
  assert.deepEqual(opsOf(first), ["create-replacement a", "replace a", "update b", "delete-replaced a"]);
  const calls = fixture.calls();
  assert.deepEqual(calls.slice(0, 3), ["check one olds=true", "diff one", "check one olds=false"]);
  assert.ok(calls.indexOf("created one") < calls.indexOf("delete one"));

  const second = await fixture.stack(at("elsewhere", true)).up();
  assert.equal(second.ok, true, messages(second));
  assert.deepEqual(opsOf(second), ["delete-replaced a", "replace a", "create-replacement a", "update b"]);
  const later = fixture.calls();
  assert.ok(later.indexOf("deleted one") < later.indexOf("create one"));
  assert.equal(fixture.resources().filter(({ urn }) => urn.endsWith("::a")).length, 1);
  assert.equal(readdirSync(fixture.directory).filter((file) => file.startsWith("id-one")).length, 1);

  // Asked for by name: the provider's diff is not asked, and the old inputs are not shown to its check.
  const forced = await fixture.stack(at("elsewhere", false)).up({ replace: ["**::a"] });
  assert.equal(count(forced, "replace"), 1, messages(forced));
  const third = fixture.calls();
  assert.ok(third.includes("check one olds=false") && !third.includes("check one olds=true"));
  assert.ok(!third.includes("diff one"));
});

test("an unfinished create is kept, and the next run finishes it with an update", async (context) => {
  const fixture = new Fixture(context);
  const failed = await fixture.stack([{ name: "a", label: "one", fail: "init" }]).up();
  assert.equal(failed.ok, false);
  assert.match(messages(failed), /not ready yet/);
  assert.deepEqual(fixture.item("a")?.initErrors, ["not ready yet"]);
  fixture.calls();
  const mended = await fixture.stack([{ name: "a", label: "one", fail: "init" }]).up();
  assert.equal(mended.ok, true, messages(mended));
  assert.deepEqual(opsOf(mended), ["update a"]);
  assert.equal(fixture.item("a")?.initErrors, undefined);
  assert.ok(!fixture.calls().some((call) => call.startsWith("create")));
});

test("a refresh takes over drift and forgets what is gone; a failed read keeps the state", async (context) => {
  const fixture = new Fixture(context);
  const items = [
    { name: "a", label: "one" },
    { name: "b", label: "two", dependsOn: ["a"] },
    { name: "c", label: "three", fail: "read" },
  ];
  await fixture.stack(items).up();
  writeFileSync(join(fixture.directory, `${fixture.item("b")?.id}.json`), JSON.stringify({ label: "drifted" }));
  rmSync(join(fixture.directory, `${fixture.item("a")?.id}.json`));
  const refreshed = await fixture.stack(items).refresh();
  assert.equal(refreshed.ok, false, "a read that fails fails the refresh");
  assert.equal(fixture.item("a"), undefined);
  assert.equal(fixture.item("b")?.outputs.label, "drifted");
  assert.deepEqual(fixture.item("b")?.dependencies ?? [], []);
  assert.ok(fixture.item("c"), "only a provider's word that it is gone drops a resource");
  items[2] = { name: "c", label: "three" };
  const back = await fixture.stack(items).up();
  assert.deepEqual(opsOf(back).sort(), ["create a", "update b"].sort(), messages(back));
});

test("a program that fails deletes nothing and is quoted", async (context) => {
  const fixture = new Fixture(context);
  const items = [
    { name: "a", label: "one" },
    { name: "b", label: "two" },
  ];
  await fixture.stack(items).up();
  const failed = await fixture.stack(items.slice(0, 1), {}, { throw: "true" }).up();
  assert.equal(failed.ok, false);
  assert.match(messages(failed), /the program says no/);
  assert.ok(fixture.item("b"));
  const invalid = await fixture.stack([{ name: "a", label: "" }]).up();
  assert.equal(invalid.ok, false);
  assert.match(messages(invalid), /property label has a problem: must not be empty/);
  assert.ok(fixture.item("b"));
});
