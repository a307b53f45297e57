import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { lockState } from "./state-lock";
import { Fixture, messages } from "./test-support";

function stateFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "embedded-engine-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "state.json");
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

const since = new Date().toISOString();

test("one holder at a time, who is named", (context) => {
  const file = stateFile(context);
  const unlock = lockState(file);
  assert.throws(() => lockState(file), new RegExp(`currently locked by 1 lock.*process ${process.pid} on `));
  unlock();
  lockState(file)();
  assert.deepEqual(readdirSync(join(file, "..")), []);
});

test("the lock of a dead process is taken over; that of another machine, or one nobody can read, is not", (context) => {
  const file = stateFile(context);
  const lock = (holder: unknown) => writeFileSync(`${file}.lock`, JSON.stringify(holder));
  lock({ pid: deadPid(), host: hostname(), since });
  const unlock = lockState(file);
  assert.equal(JSON.parse(readFileSync(`${file}.lock`, "utf8")).pid, process.pid);
  unlock();
  lock({ pid: deadPid(), host: "another-machine", since });
  assert.throws(() => lockState(file), /on another-machine/);
  lock("?");
  assert.throws(() => lockState(file), /unreadable lock/);
});

test("two operations at a time on one state are refused, but for previews", async (context) => {
  const fixture = new Fixture(context);
  const items = [{ name: "a", label: "one", slow: 1500 }];
  const first = fixture.stack(items).up();
  await assert.rejects(fixture.stack(items).refresh(), /currently locked/);
  const preview = await fixture.stack(items).preview();
  assert.equal(preview.ok, true, messages(preview));
  const created = await first;
  assert.equal(created.ok, true, messages(created));
  assert.equal(existsSync(`${fixture.stateFile}.lock`), false);
  const inMemory = fixture.stack(items, { stateFile: undefined });
  const running = inMemory.up();
  await assert.rejects(inMemory.destroy(), /currently locked/);
  await running;
  assert.equal((await inMemory.destroy()).ok, true);
});
