import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rows } from "./lanes";

interface One {
  id: string;
  parentId: string;
  createdAt: string;
  isCurrent: boolean;
}

const one = (id: string, parentId = "", isCurrent = false): One => ({ id, parentId, createdAt: id, isCurrent });
const draw = (...snapshots: One[]) =>
  rows(snapshots).map(({ snapshot, lane, branches, continues }) =>
    [snapshot?.id ?? "here", `${lane}`, branches ? "branches" : "", continues ? "goes on" : "ends"]
      .filter(Boolean)
      .join(" "),
  );

describe("the lanes of a tree", () => {
  it("keep a chain in one lane, however deep", () => {
    assert.deepEqual(draw(one("a"), one("b", "a"), one("c", "b", true)), [
      "a 0 goes on",
      "b 0 goes on",
      "c 0 goes on",
      "here 0 ends",
    ]);
  });

  it("let the way to the running state be the straight one", () => {
    assert.deepEqual(draw(one("a"), one("b", "a", true), one("c", "a"), one("d", "c")), [
      "a 0 goes on",
      "c 1 branches goes on",
      "d 1 ends",
      "b 0 goes on",
      "here 0 ends",
    ]);
  });

  it("say where the running state is when it descends from no snapshot, and when there is none", () => {
    assert.deepEqual(draw(one("a"), one("b")), ["a 1 branches ends", "b 1 branches ends", "here 0 ends"]);
    assert.deepEqual(draw(), ["here 0 ends"]);
  });

  it("draw a snapshot whose parent is not in the list as a root", () => {
    assert.deepEqual(draw(one("b", "gone", true)), ["b 0 goes on", "here 0 ends"]);
  });

  it("hold for any tree: each snapshot once, parents first, one end to each lane", () => {
    const tree = fc
      .array(fc.nat(), { maxLength: 60 })
      .map((parents) =>
        parents.map((parent, index) => one(`${index}`, index === 0 || parent % 5 === 0 ? "" : `${parent % index}`)),
      );
    fc.assert(
      fc.property(tree, fc.nat(), (snapshots, at) => {
        const current = snapshots[at % Math.max(1, snapshots.length)];
        if (current) current.isCurrent = true;
        const drawn = rows(snapshots);
        assert.equal(drawn.length, snapshots.length + 1);
        const seen = new Set<string>([""]);
        const open: boolean[] = [true];
        for (const row of drawn) {
          assert.ok(seen.has(row.snapshot?.parentId ?? ""));
          seen.add(row.snapshot?.id ?? "here");
          assert.equal(open[row.lane] ?? false, !row.branches, "a lane is started once, and only while it is free");
          for (let left = 0; left < row.lane; left++) assert.ok(open[left], "every lane to the left runs through");
          open[row.lane] = row.continues;
        }
        assert.ok(open.every((lane) => !lane));
        assert.equal(seen.size, snapshots.length + 2);
      }),
    );
  });

  it("does not end in a loop when parents go round", () => {
    assert.deepEqual(draw(one("a", "b"), one("b", "a", true)), ["a 0 goes on", "b 0 goes on", "here 0 ends"]);
  });
});
