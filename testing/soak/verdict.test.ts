import assert from "node:assert/strict";
import { it } from "node:test";
import { leaks } from "./verdict";

const calm = Array.from({ length: 12 }, () => ({ files: 30, heapMib: 40, listeners: 0 }));

it("a soak finds files, heap and listeners that are not let go, and nothing where all is", () => {
  assert.deepEqual(leaks(calm), []);
  assert.match(leaks(calm.map((one, index) => ({ ...one, files: 30 + index })))[0] ?? "", /open files/);
  assert.match(leaks(calm.map((one, index) => ({ ...one, heapMib: 40 + 2 * index })))[0] ?? "", /heap/);
  assert.match(leaks(calm.map((one, index) => ({ ...one, listeners: index })))[0] ?? "", /listeners/);
  assert.match(leaks(calm.slice(0, 3))[0] ?? "", /too few/);
});
