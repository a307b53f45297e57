import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Progress } from "./progress";

describe("the progress of a long read", () => {
  function start(isTTY: boolean) {
    let now = 0;
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) > 0 } as never;
    const progress = new Progress(stream, () => now);
    const at = (time: number, done: number, connection = "lab") => {
      now = time;
      progress.update(connection, done, 400);
      return written.splice(0).join("").replaceAll("\r\u001b[K", "<clear>");
    };
    return { progress, at, rest: () => written.splice(0).join("").replaceAll("\r\u001b[K", "<clear>") };
  }

  it("is one line that is written again a few times a second, and cleared at the end", () => {
    const { progress, at, rest } = start(true);
    assert.equal(at(0, 1), "");
    assert.equal(at(1400, 90), "", "a short read shows none");
    assert.equal(at(1600, 100), "<clear>Reading lab: 100 of 400 VMs");
    assert.equal(at(1700, 110), "", "not at every VM");
    assert.equal(at(1900, 20, "paris"), "<clear>Reading lab: 110 of 400 VMs, paris: 20 of 400 VMs");
    progress.clear();
    progress.clear();
    assert.equal(rest(), "<clear>");
  });

  it("is not shown where stderr is no terminal", () => {
    const { progress, at, rest } = start(false);
    assert.equal(at(0, 1) + at(5000, 100), "");
    progress.clear();
    assert.equal(rest(), "");
  });
});
