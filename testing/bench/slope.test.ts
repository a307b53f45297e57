import assert from "node:assert/strict";
import { it } from "node:test";
import { slope } from "./slope";

it("the slope tells constant, linear and quadratic costs apart", () => {
  const series = (cost: (count: number) => number) => [50, 500, 5000].map((count) => ({ count, cost: cost(count) }));
  assert.ok(Math.abs(slope(series(() => 7))) < 1e-9);
  assert.ok(Math.abs(slope(series((count) => 3 * count)) - 1) < 1e-9);
  assert.ok(Math.abs(slope(series((count) => count ** 2)) - 2) < 1e-9);
});
