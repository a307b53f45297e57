import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { count, Fixture, messages, opsOf, TYPE, urnOf } from "./test-support";

test("protect, retainOnDelete, deletedWith and ignoreChanges", async (context) => {
  const fixture = new Fixture(context);
  await fixture
    .stack([
      { name: "kept", label: "kept", opts: { protect: true } },
      { name: "left", label: "left", opts: { retainOnDelete: true } },
      { name: "owner", label: "owner" },
      { name: "owned", label: "owned", deletedWith: "owner" },
      { name: "still", label: "still" },
    ])
    .up();
  fixture.calls();
  const result = await fixture.stack([{ name: "still", label: "changed", opts: { ignoreChanges: ["label"] } }]).up();
  assert.equal(result.ok, false);
  assert.match(messages(result), /cannot be deleted\s+because it is protected/);
  assert.deepEqual(
    fixture.calls().filter((call) => /^(delete|update) /.test(call)),
    ["delete owner"],
    "the protected, the retained, the owned and the ignored are left alone",
  );
  assert.ok(fixture.item("kept"));
  assert.equal(fixture.item("left"), undefined);
  assert.equal(fixture.item("owned"), undefined);
  assert.ok(readdirSync(fixture.directory).some((file) => file.startsWith("id-left")));
  assert.equal(fixture.item("still")?.inputs.label, "still");
});

test("targets, and an alias of a name, a type and a URN", async (context) => {
  const fixture = new Fixture(context);
  const before = [
    { name: "a", label: "one" },
    { name: "b", label: "two", from: ["a"] },
    { name: "c", label: "three" },
  ];
  await fixture.stack(before).up();
  const ids = before.map(({ name }) => fixture.item(name)?.id);
  const changed = before.map((item) => ({ ...item, label: `${item.label}!` }));
  const one = await fixture.stack([...changed, { name: "d", label: "four" }]).up({ targets: [urnOf("b")] });
  assert.equal(one.ok, true, messages(one));
  assert.deepEqual(opsOf(one), ["update b"]);
  assert.equal(fixture.item("d"), undefined);
  const blocked = await fixture
    .stack([...before, { name: "d", label: "four" }, { name: "e", label: "five", from: ["d"] }])
    .up({ targets: [urnOf("e")] });
  assert.equal(blocked.ok, false);
  assert.match(messages(blocked), /depends on .*::d' which was not specified in --target list/);

  const renamed = [
    { name: "a2", label: "one", aliases: [{ name: "a" }] },
    { name: "b2", label: "two", from: ["a2"], aliases: [urnOf("b")] },
    { name: "c2", label: "three", parent: "group", aliases: [{ name: "c", parent: null, type: TYPE }] },
  ].map((item) => ({ ...item, aliases: item.aliases.map((alias) => stripParent(alias)) }));
  const moved = await fixture.stack(renamed).up();
  assert.equal(moved.ok, true, messages(moved));
  assert.deepEqual(
    opsOf(moved).filter((op) => !op.startsWith("update")),
    [],
  );
  assert.deepEqual(
    ["a2", "b2", "c2"].map((name) => fixture.item(name)?.id),
    ids,
  );
  assert.doesNotMatch(fixture.text(), /"aliases"/);
  assert.ok(fixture.item("b2")?.dependencies?.[0]?.endsWith("::a2"));
});

test("a changed replacementTrigger replaces, and none is no trigger", async (context) => {
  const fixture = new Fixture(context);
  const at = (replacementTrigger?: unknown) => [{ name: "a", label: "one", opts: { replacementTrigger } }];
  for (const [trigger, expected] of [
    [undefined, ["create a"]],
    [["v1", 2], []],
    [
      ["v1", 3],
      ["create-replacement a", "replace a", "delete-replaced a"],
    ],
  ] as const) {
    const result = await fixture.stack(at(trigger)).up();
    assert.equal(result.ok, true, messages(result));
    assert.deepEqual(opsOf(result), expected);
  }
  const id = fixture.item("a")?.id;
  const preview = await fixture.stack(at("v4")).preview();
  assert.deepEqual(opsOf(preview), ["create-replacement a", "replace a", "delete-replaced a"]);
  assert.equal(fixture.item("a")?.id, id);
  assert.deepEqual(fixture.item("a")?.replacementTrigger, ["v1", 3]);
});

test("hideDiffs says that something changes, and not what", async (context) => {
  const fixture = new Fixture(context);
  const at = (label: string, place: string) => [{ name: "a", label, place, opts: { hideDiffs: ["label"] } }];
  await fixture.stack(at("one", "here")).up();
  const updated = await fixture.stack(at("a-noisy-text", "here")).up();
  assert.deepEqual(opsOf(updated), ["update a"]);
  assert.match(updated.text, /~ label \(hidden\)/);
  assert.doesNotMatch(updated.text.split("Outputs:")[0] ?? "", /a-noisy-text/);
  assert.deepEqual(fixture.item("a")?.hideDiff, ["label"]);
  const replaced = await fixture.stack(at("one", "there")).up();
  assert.match(replaced.text, /\+- .*\[diff: ~place\][\s\S]*~ place: "here" => "there" \[forces replacement\]/);
});

test("replaceWith replaces along, and customTimeouts and deleteBeforeReplace are the program's to say", async (context) => {
  const fixture = new Fixture(context);
  const at = (place: string, deleteBeforeReplace: boolean) => [
    { name: "a", label: "a", place, opts: { deleteBeforeReplace } },
    { name: "b", label: "b", replaceWith: ["a"], opts: { customTimeouts: { create: "1h30m", delete: "90s" } } },
  ];
  await fixture.stack(at("here", false)).up();
  assert.deepEqual(fixture.item("b")?.customTimeouts, { create: 5400, delete: 90 });
  const both = await fixture.stack(at("there", false)).up();
  assert.equal(count(both, "replace"), 2, messages(both));
  const first = await fixture.stack(at("elsewhere", true)).up();
  assert.equal(first.ok, true, messages(first));
  assert.deepEqual(
    opsOf(first).filter((op) => op.endsWith(" a")),
    ["delete-replaced a", "replace a", "create-replacement a"],
  );
});

/** JSON has no `rootStackResource`, so an alias of one without a parent is written as its URN. */
function stripParent(alias: string | { name: string; parent?: null; type?: string }): unknown {
  return typeof alias === "object" && "parent" in alias ? urnOf(alias.name) : alias;
}

test("no more at a time than asked for, and a failure starts nothing new", async (context) => {
  const fixture = new Fixture(context);
  const many = Array.from({ length: 6 }, (_, i) => ({ name: `n${i}`, label: `n${i}`, slow: 150 }));
  const result = await fixture.stack(many, { parallel: 2 }).up();
  assert.equal(result.ok, true, messages(result));
  assert.equal(mostAtOnce(fixture.calls()), 2);

  const other = new Fixture(context);
  const items = [
    { name: "bad", label: "bad", fail: "create", slow: 100 },
    { name: "under-way", label: "under-way", slow: 800 },
    { name: "late", label: "late", dependsOn: ["under-way"] },
  ];
  const failed = await other.stack(items).up();
  assert.equal(failed.ok, false);
  assert.match(messages(failed), /cannot create bad/);
  const calls = other.calls();
  assert.ok(calls.includes("created under-way") && !calls.includes("create late"), calls.join("\n"));
  assert.ok(other.item("under-way"), "what was under way is awaited and kept");
  const on = await other.stack(items).up({ continueOnError: true });
  assert.equal(on.ok, false);
  assert.ok(other.item("late"), messages(on));
});

function mostAtOnce(calls: string[]): number {
  let now = 0;
  let most = 0;
  for (const call of calls) {
    if (call.startsWith("create ")) most = Math.max(most, ++now);
    if (call.startsWith("created ")) now--;
  }
  return most;
}

test("a delete that fails keeps what it needs, and no further delete is begun", async (context) => {
  const fixture = new Fixture(context);
  const items = [
    { name: "a", label: "a" },
    { name: "b", label: "b", dependsOn: ["a"], fail: "delete" },
    { name: "y", label: "y" },
    { name: "x", label: "x", dependsOn: ["y"] },
  ];
  await fixture.stack(items).up();
  const failed = await fixture.stack([]).destroy();
  assert.equal(failed.ok, false);
  assert.match(messages(failed), /cannot delete b/);
  assert.deepEqual(
    ["a", "b", "x", "y"].filter((name) => fixture.item(name)),
    ["a", "b", "y"],
  );
  assert.doesNotMatch(fixture.text(), /pending_operations/);
});

test("a replacement whose create fails after the delete is finished by the next run", async (context) => {
  const fixture = new Fixture(context);
  const at = (place: string, fail?: string) => [
    { name: "a", label: "one", place, dbr: true, ...(fail ? { fail } : {}) },
    { name: "b", label: "two", deletedWith: "a" },
  ];
  await fixture.stack(at("here")).up();
  const failed = await fixture.stack(at("there", "create")).up();
  assert.equal(failed.ok, false);
  assert.equal(fixture.item("a")?.pendingReplacement, true);
  fixture.calls();
  const done = await fixture.stack(at("there")).up();
  assert.equal(done.ok, true, messages(done));
  assert.equal(fixture.item("a")?.pendingReplacement, undefined);
  assert.ok(!fixture.calls().some((call) => call.startsWith("delete one")), "it is gone already");
  assert.equal(fixture.resources().filter(({ type }) => type === TYPE).length, 2);
});

test("what exists is read with an id, and not deleted", async (context) => {
  const fixture = new Fixture(context);
  await fixture.stack([{ name: "a", label: "one" }]).up();
  const id = fixture.item("a")?.id ?? "";
  const other = new Fixture(context);
  // The file of the first stack's item is looked for in the second one's folder, and is not there.
  const missing = await other.stack([{ name: "r", label: "one", get: id }]).up();
  assert.equal(missing.ok, false);
  assert.match(messages(missing), /does not exist/);
  const found = await fixture
    .stack([
      { name: "a", label: "one" },
      { name: "r", label: "one", get: id },
    ])
    .up();
  assert.equal(found.ok, true, messages(found));
  assert.equal(fixture.item("r")?.external, true);
  fixture.calls();
  await fixture.stack([{ name: "a", label: "one" }]).up();
  assert.ok(!fixture.calls().some((call) => call.startsWith("delete")));
  assert.equal(fixture.item("r"), undefined);
});
