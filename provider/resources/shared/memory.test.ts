import assert from "node:assert/strict";
import { it } from "node:test";
import { ProcessMemory } from "./memory";

it("changes of one target run one after the other, in order, without delaying other targets", async () => {
  const memory = new ProcessMemory();
  const events: string[] = [];
  let underWay = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow = (name: string) => async () => {
    assert.equal(++underWay, 1, "two changes of one target at a time");
    events.push(name);
    await gate;
    underWay--;
  };
  const first = [1, 2, 3].map((number) => memory.withLock("vm-1", slow(`vm-1: ${number}`)));
  await memory.withLock("vm-2", async () => void events.push("vm-2"));
  assert.deepEqual(events, ["vm-1: 1", "vm-2"]);
  open();
  await Promise.all(first);
  assert.deepEqual(events, ["vm-1: 1", "vm-2", "vm-1: 2", "vm-1: 3"]);
});

it("a failed change does not block the next one", async () => {
  const memory = new ProcessMemory();
  const failed = memory.withLock("vm-1", () => Promise.reject(new Error("no")));
  const next = memory.withLock("vm-1", async () => "done");
  await assert.rejects(failed, /no/);
  assert.equal(await next, "done");
});
