import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FAST, Fixture, messages, PROGRAM } from "./test-support";

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (condition()) return;
    await sleep(100);
  }
  throw new Error(`timed out: ${what}`);
}

const logged = (fixture: Fixture, text: string) => {
  const file = join(fixture.directory, "calls.log");
  return existsSync(file) && readFileSync(file, "utf8").includes(text);
};

/** Other processes whose command line mentions a text; where there is no /proc, none can be told. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("kill -9 in a create leaves a pending operation, no process, and a warning for the next run", async (context) => {
  const fixture = new Fixture(context);
  const items = [{ name: "a", label: "one", slow: 60_000 }];
  const config = [`store=${fixture.directory}`, `items=${JSON.stringify(items)}`];
  const engine = spawn(
    process.execPath,
    [join(__dirname, "cli.js"), "up", "--cwd", PROGRAM, "--state", fixture.stateFile]
      .concat(config.flatMap((pair) => ["--config", pair]))
      .concat(["--secret", "token=x-y-z"]),
    { env: { ...process.env, ...FAST, PULUMI_CONFIG_PASSPHRASE: "correct horse" }, stdio: "ignore" },
  );
  await until("the create", () => logged(fixture, "create one"));
  const children = childrenOf(engine.pid ?? 0);
  engine.kill("SIGKILL");
  assert.match(fixture.text(), /"pending_operations"[\s\S]*"type": "creating"/);
  await until("its children to end", () => !children.some(alive));
  if (process.platform === "linux") assert.ok(children.length >= 2, "the program and the provider were seen");

  const next = await fixture.stack([{ name: "a", label: "one" }]).up();
  assert.equal(next.ok, true, messages(next));
  assert.match(
    messages(next),
    /warning: Attempting to deploy .* 1 pending operations[\s\S]*interrupted while creating/,
  );
  const cleared = await fixture.stack([]).refresh({ clearPendingCreates: true });
  assert.equal(cleared.ok, true);
  assert.doesNotMatch(fixture.text(), /pending_operations/);
});

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").trim().split(/\s+/).map(Number) : [];
}

test("a cancel awaits and saves what is under way, and starts nothing more", async (context) => {
  const fixture = new Fixture(context);
  const controller = new AbortController();
  const items = [
    { name: "a", label: "one", slow: 1500 },
    { name: "b", label: "two", dependsOn: ["a"] },
  ];
  const running = fixture.stack(items).up({ signal: controller.signal });
  await until("the create", () => logged(fixture, "create one"));
  controller.abort();
  const result = await running;
  assert.equal(result.ok, false);
  assert.equal(result.error, "update canceled");
  assert.ok(fixture.item("a"));
  assert.equal(fixture.item("b"), undefined);
  assert.doesNotMatch(fixture.text(), /pending_operations/);
});
