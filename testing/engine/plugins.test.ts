import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { packageRoot } from "../support/package-root";
import { EmbeddedStack } from "./engine";
import { FAST, messages } from "./test-support";

class PluginFixture {
  readonly directory = mkdtempSync(join(tmpdir(), "embedded-engine-"));
  readonly stateFile = join(this.directory, "state.json");
  readonly thing = join(this.directory, "thing.json");

  constructor(context: TestContext) {
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  stack(parts: string, config: Record<string, string | { secret: string }> = {}): EmbeddedStack {
    return new EmbeddedStack({
      programDirectory: join(packageRoot(__dirname), "testing", "programs", "engine-plugin"),
      stateFile: this.stateFile,
      config: { parts, ...config },
      environment: { ...FAST, TEST_PLUGIN_FILE: this.thing, TEST_PLUGIN_LOG: join(this.directory, "log") },
      plugins: { testplugin: { command: [process.execPath, join(__dirname, "test-plugin.js")] } },
    });
  }

  log(): string {
    const text = readFileSync(join(this.directory, "log"), "utf8");
    rmSync(join(this.directory, "log"));
    return text;
  }
}

test("a plugin previews, takes secrets, shows its own diff, and is read before it updates when it says so", async (context) => {
  const fixture = new PluginFixture(context);
  const secrets = { password: { secret: "open sesame" } };
  const preview = await fixture.stack("thing,secret,function", secrets).preview();
  assert.equal(preview.ok, true, messages(preview));
  assert.match(fixture.log(), /create preview=true/);
  const created = await fixture.stack("thing,secret,function", secrets).up();
  assert.equal(created.ok, true, messages(created));
  assert.match(
    fixture.log(),
    /create preview=false timeout=0 .*1b47061264138c4ac30d75fd1eb44270/,
    "wrapped, not in the clear",
  );
  assert.deepEqual(created.outputs.parts, { size: 1, key: "made by the plugin", answer: 42 });
  assert.doesNotMatch(readFileSync(fixture.stateFile, "utf8"), /open sesame|made by the plugin/);
  assert.match(created.text, /key: \[secret\]/);

  const updated = await fixture.stack("thing,secret", { ...secrets, size: "5" }).up();
  assert.equal(updated.ok, true, messages(updated));
  assert.match(updated.text, /~ size: 1 => 5/);
  const calls = fixture.log();
  assert.ok(
    calls.indexOf("read thing-1 properties=true") >= 0 && calls.indexOf("read") < calls.indexOf("update"),
    calls,
  );

  // Changed behind the engine's back: seen without being asked to refresh.
  writeFileSync(fixture.thing, JSON.stringify({ size: 9 }));
  const drifted = await fixture.stack("thing,secret", { ...secrets, size: "5" }).up();
  assert.equal(drifted.summary.update, 1, messages(drifted));
});

test("import, by the option and by the command, reads by the id alone", async (context) => {
  const fixture = new PluginFixture(context);
  writeFileSync(fixture.thing, JSON.stringify({ size: 7 }));
  const same = await fixture.stack("thing,import", { size: "7" }).up();
  assert.equal(same.ok, true, messages(same));
  assert.equal(same.summary.import, 1);
  assert.equal(same.summary.update, 0);
  assert.match(fixture.log(), /read thing-42 properties=false inputs=false/);

  const other = new PluginFixture(context);
  writeFileSync(other.thing, JSON.stringify({ size: 7 }));
  const changed = await other.stack("thing,import", { size: "8" }).up();
  assert.equal(changed.summary.import, 1, messages(changed));
  assert.equal(changed.summary.update, 1, "what the program wants otherwise is an update after the import");

  const third = new PluginFixture(context);
  writeFileSync(third.thing, JSON.stringify({ size: 3 }));
  const imported = await third
    .stack("")
    .importResource({ type: "testplugin:index:Thing", name: "thing", id: "thing-3", protect: false });
  assert.equal(imported.ok, true, messages(imported));
  assert.match(readFileSync(third.stateFile, "utf8"), /"importID": "thing-3"/);
});

test("hooks and transforms of the program are called, and a hook can refuse", async (context) => {
  const fixture = new PluginFixture(context);
  const refused = await fixture.stack("thing,hook,transform", { refuse: "before" }).up();
  assert.equal(refused.ok, false);
  assert.match(messages(refused), /before hook "before-note" failed: .*not today/);
  const done = await fixture.stack("thing,hook,transform").up();
  assert.equal(done.ok, true, messages(done));
  assert.match(messages(done), /before thing .*"tag":"transformed"/);
  assert.match(messages(done), /after thing/);
});

test("delete hooks want the program, which a destroy then runs and which makes nothing", async (context) => {
  const fixture = new PluginFixture(context);
  const created = await fixture.stack("thing,deletehook").up();
  assert.equal(created.ok, true, messages(created));
  const refused = await fixture.stack("thing,deletehook").destroy();
  assert.equal(refused.ok, false);
  assert.match(messages(refused), /Hooks: before-delete, after-delete[\s\S]*`--run-program`/);
  fixture.log();

  const blocked = await fixture.stack("thing,deletehook", { refuse: "before" }).destroy({ runProgram: true });
  assert.equal(blocked.ok, false);
  assert.match(messages(blocked), /before hook "before-delete" failed: .*not today/);
  assert.doesNotMatch(fixture.log(), /delete/);

  // What the program wants in addition is not made, and what it wants otherwise is not changed.
  const gone = await fixture.stack("thing,random,deletehook", { size: "9" }).destroy({ runProgram: true });
  assert.equal(gone.ok, true, messages(gone));
  assert.match(messages(gone), /before delete of thing[\s\S]*after delete of thing/);
  const log = fixture.log();
  assert.ok(/^delete$/m.test(log) && !/create|update/.test(log), log);
  assert.equal(gone.summary.create, 0);
  assert.doesNotMatch(readFileSync(fixture.stateFile, "utf8"), /"urn"/);
});

test("an error hook has a failed create tried again, for as long as it asks", async (context) => {
  const fixture = new PluginFixture(context);
  writeFileSync(fixture.thing, JSON.stringify({ failures: 2 }));
  const created = await fixture.stack("thing,errorhook").up();
  assert.equal(created.ok, true, messages(created));
  assert.match(messages(created), /create of thing failed 2 times: .*the plugin says no/);
  assert.equal(fixture.log().match(/create preview=false/g)?.length, 3);

  const other = new PluginFixture(context);
  writeFileSync(other.thing, JSON.stringify({ failures: 9 }));
  const failed = await other.stack("thing,errorhook").up();
  assert.equal(failed.ok, false);
  assert.equal(other.log().match(/create preview=false/g)?.length, 3);
});

test("an explicit provider is a resource with a configuration of its own", async (context) => {
  const fixture = new PluginFixture(context);
  const first = await fixture.stack("thing,explicit").up();
  assert.equal(first.ok, true, messages(first));
  assert.match(fixture.log(), /configure .*"region":"north"/);
  const moved = await fixture.stack("thing,explicit", { region: "south" }).up();
  assert.equal(moved.ok, true, messages(moved));
  assert.equal(moved.summary.update, 1);
  assert.match(fixture.log(), /configure .*"region":"south"/);
  const destroyed = await fixture.stack("thing,explicit", { region: "south" }).destroy();
  assert.equal(destroyed.ok, true, messages(destroyed));
  assert.match(fixture.log(), /delete\n[\s\S]*cancel/);
});

test("random values stay until a keeper changes", async (context) => {
  const fixture = new PluginFixture(context);
  const first = await fixture.stack("random").up();
  assert.equal(first.ok, true, messages(first));
  const { pet, hex, text } = first.outputs.parts as Record<string, string>;
  assert.match(pet ?? "", /^vm-[a-z]+-[a-z]+-[a-z]+$/);
  assert.match(hex ?? "", /^p-[0-9a-f]{8}$/);
  assert.match(text ?? "", /^[A-Za-z0-9]{12}$/);
  assert.ok((text ?? "").replace(/\D/g, "").length >= 5);
  const again = await fixture.stack("random").up();
  assert.deepEqual(again.outputs, first.outputs);
  const next = await fixture.stack("random", { release: "2" }).up();
  assert.equal(next.summary.replace, 3, messages(next));
  assert.notEqual((next.outputs.parts as Record<string, string>).hex, hex);
});
