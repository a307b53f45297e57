import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../support/package-root";
import { bootSector } from "./boot-sector";

const folder = join(packageRoot(__dirname), "testing", "qemu", "boot-sector");
const source = join(folder, "boot-sector.s");

/** One line of the listing: `0002  8e d8   mov ds, ax`; `00 * 437` stands for as many bytes. */
function listed(): { offset: number; bytes: Buffer; instruction: string }[] {
  const lines = readFileSync(join(folder, "boot-sector.lst"), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, offset, bytes, instruction] = /^([0-9a-f]{4}) {2}(00 \* \d+ |(?:[0-9a-f]{2} )+) *(\S.*)$/.exec(line) ?? [];
    if (offset === undefined || bytes === undefined || instruction === undefined) return [];
    const zeros = /\* (\d+)/.exec(bytes)?.[1];
    const content = zeros ? Buffer.alloc(Number(zeros)) : Buffer.from(bytes.replaceAll(" ", ""), "hex");
    return [{ offset: Number.parseInt(offset, 16), bytes: content, instruction }];
  });
}

/** Source lines that produce bytes: no comments, labels, constants or modes. */
function instructions(): string[] {
  return readFileSync(source, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim().replace(/\s+/g, " "))
    .filter((line) => line !== "" && !line.endsWith(":") && !/^\.(equ|code16|intel_syntax)\b/.test(line));
}

describe("the boot sector", () => {
  it("is what its listing shows, byte by byte, and boots", () => {
    const lines = listed();
    let offset = 0;
    for (const line of lines) {
      assert.equal(line.offset, offset, line.instruction);
      offset += line.bytes.length;
    }
    assert.deepEqual(bootSector(), Buffer.concat(lines.map(({ bytes }) => bytes)));
    assert.equal(bootSector().length, 512);
    assert.equal(bootSector().readUInt16LE(510), 0xaa55);
  });

  it("has a listing with every instruction of its source", () => {
    assert.deepEqual(
      listed().map(({ instruction }) => instruction),
      instructions(),
    );
  });

  it("is what GNU as makes of its source, where there is one for this processor", (t) => {
    const work = mkdtempSync(join(tmpdir(), "snapstate-boot-sector-"));
    try {
      const [object, binary] = [join(work, "boot.o"), join(work, "boot.bin")];
      const assembled = spawnSync("as", ["--32", "-o", object, source], { encoding: "utf8" });
      if (assembled.error || /unrecognized option|unknown option|invalid/i.test(assembled.stderr)) {
        return t.diagnostic("no GNU as for x86 here: the listing alone was compared");
      }
      assert.equal(assembled.status, 0, assembled.stderr);
      const copied = spawnSync("objcopy", ["-O", "binary", "-j", ".text", object, binary], { encoding: "utf8" });
      assert.equal(copied.status, 0, copied.stderr);
      assert.deepEqual(readFileSync(binary), bootSector());
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
});
