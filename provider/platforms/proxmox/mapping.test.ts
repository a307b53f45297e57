import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { SnapshotRow } from "./client/replies";
import { readText, snapshotsOf } from "./mapping";

const row = (name: string, more: Partial<SnapshotRow> = {}): SnapshotRow => ({
  name,
  snaptime: 1_700_000_000,
  description: "",
  vmstate: false,
  ...more,
});

/** A tree with two branches; `second` and `third` were taken in the same second. */
const TREE = [
  row("first", { snaptime: 1_600_000_000 }),
  row("second", { parent: "first" }),
  row("third", { parent: "first" }),
  row("fourth", { parent: "second", snaptime: 1_500_000_000 }),
  row("current", { parent: "third", running: true }),
];
const anyOrder = fc.shuffledSubarray(TREE, { minLength: TREE.length });

describe("a list of snapshots of Proxmox VE", () => {
  it("gives the same tree in every order, parents first, without the row of the present state", () => {
    const sorted = snapshotsOf(TREE, false, false);
    assert.deepEqual(
      sorted.map(({ name, depth, isCurrent }) => [name, depth, isCurrent]),
      [
        ["first", 1, false],
        ["second", 2, false],
        ["third", 2, true],
        ["fourth", 3, false],
      ],
    );
    fc.assert(fc.property(anyOrder, (rows) => assert.deepEqual(snapshotsOf(rows, false, false), sorted)));
  });

  it("leaves out what a running task is making or deleting, in every order; its child moves up", () => {
    fc.assert(
      fc.property(anyOrder, (rows) => {
        const passing = rows.map((one) => (one.name === "second" ? { ...one, snapstate: "delete" } : one));
        const whole = snapshotsOf(passing, true, true);
        assert.deepEqual(
          whole.map(({ name }) => name),
          ["first", "fourth", "third"],
        );
        assert.equal(whole[1]?.parentId, whole[0]?.id);
        const left = snapshotsOf(passing, false, false).find(({ name }) => name === "second");
        assert.deepEqual([left?.failed, left?.abandoned], ["delete", true]);
      }),
    );
  });

  it("ends on parents that form a ring, and on a parent that is not in the list", () => {
    const ring = [
      row("a", { parent: "b" }),
      row("b", { parent: "a" }),
      row("c", { parent: "gone" }),
      row("d", { parent: "d" }),
    ];
    assert.deepEqual(
      snapshotsOf(ring, false, false)
        .map(({ name }) => name)
        .sort(),
      ["a", "b", "c", "d"],
    );
  });

  it("reads a text that was trimmed at its end, or has got a line end", () => {
    for (const end of ["", "\n", " \n"]) {
      assert.deepEqual(readText(`why\n\n[snapstate-frozen]${end}`), { description: "why", frozen: true });
      assert.deepEqual(readText(`why${end}`), { description: "why", frozen: false });
    }
  });
});
