import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { QemuDriver } from "../../../provider/platforms/qemu/driver";
import { frozen, quiesceReady } from "../../../provider/platforms/qemu/quiesce";
import { qemuSettings } from "../../../provider/platforms/qemu/settings";
import { testCall } from "../../contract/call";
import { jsonMutator, randomOf } from "../mutations";
import { Outcomes } from "../outcomes";
import { recordFuzzed } from "../published";
import { REPLIES, SEED } from "./over-http";
import { answeringAgent, answeringQemu, recordedImages, recordedReplies } from "./recorded-qemu";

const UUID = "33cd4c4e-7a13-4a2d-aac3-78969d6a6d76";
const CONCURRENT_SOCKETS = 8;
/** Deadline in milliseconds of a read whose answer may never come. */
const PATIENCE = 200;

/** Changes answers and counts them. The key that distinguishes QEMU's answers is mostly kept. */
class Changes {
  count = 0;
  /**
   * @param share share of answers that are changed: if a read needs many, most must stay valid so that the later ones
   * are requested
   */
  constructor(private readonly share: number) {}
  private readonly random = randomOf(SEED);
  private readonly mutate = jsonMutator(this.random, SEED);

  readonly change = (line: string): string => {
    if (this.random() > this.share) return line;
    this.count++;
    const { return: value, id } = JSON.parse(line);
    // Answers are separated by line feeds, so a change must not insert one.
    const whole = value === undefined || this.random() < 0.15;
    const changed = whole ? this.mutate(line) : `{"return":${this.mutate(JSON.stringify(value))},"id":${id ?? null}}`;
    return changed.replaceAll("\n", " ");
  };
}

/** Concurrent reads, each in its own folder, until enough answers were changed. */
async function fuzz(
  t: TestContext,
  title: string,
  changes: Changes,
  prepare: (folder: string) => Promise<{ read: () => Promise<unknown>; servers: Server[] }>,
): Promise<Outcomes> {
  const base = mkdtempSync(join(tmpdir(), "snapstate-fuzz-"));
  const outcomes = new Outcomes();
  let failed = false;
  const reader = async (_: unknown, index: number) => {
    const folder = join(base, String(index));
    mkdirSync(folder);
    const { read, servers } = await prepare(folder);
    try {
      while (!failed && changes.count < REPLIES)
        await outcomes.of(read(), `seed ${SEED}, ${changes.count} replies changed`);
    } finally {
      for (const server of servers) server.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENT_SOCKETS }, reader));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.ok((outcomes.counted.understood ?? 0) > 0);
    recordFuzzed(t, { of: "replies", subject: title, cases: changes.count, outcomes: outcomes.counted });
    return outcomes;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const inspect = (driver: QemuDriver, milliseconds = PATIENCE) =>
  driver.inspect("snapshot", UUID, testCall({ milliseconds }), { readiness: true });

describe("an answer that no QEMU should give", () => {
  it("is understood or is an error of ours: lines of QMP", async (t) => {
    const changes = new Changes(0.15);
    await fuzz(t, "QEMU, QMP", changes, async (directory) => {
      const qmp = await answeringQemu(join(directory, "web.qmp"), recordedReplies(UUID, directory), changes.change);
      const driver = new QemuDriver(qemuSettings.parse({ directory }));
      return { read: () => inspect(driver), servers: [qmp] };
    });
  });

  it("is understood or is an error of ours: what qemu-img prints", async (t) => {
    const changes = new Changes(0.9);
    await fuzz(t, "QEMU, qemu-img", changes, async (directory) => {
      const disk = join(directory, "web-0.qcow2");
      const qemuImg = join(directory, "qemu-img");
      const printed = join(directory, "printed");
      writeFileSync(disk, "");
      writeFileSync(qemuImg, `#!/bin/sh\ncat '${printed}'\n`);
      chmodSync(qemuImg, 0o755);
      const vms = [{ id: UUID, name: "web", socket: join(directory, "web.qmp"), disks: [disk] }];
      writeFileSync(join(directory, "snapstate-vms.json"), JSON.stringify({ version: 1, vms }));
      const driver = new QemuDriver(qemuSettings.parse({ directory, qemuImg }));
      const recorded = JSON.stringify(recordedImages(disk));
      const read = () => {
        writeFileSync(printed, changes.change(recorded));
        return inspect(driver, 5000);
      };
      return { read, servers: [] };
    });
  });

  it("is understood or is an error of ours, and the work is done once: the guest agent", async (t) => {
    const changes = new Changes(0.4);
    let done = 0;
    let asked = 0;
    await fuzz(t, "QEMU, guest agent", changes, async (directory) => {
      const agent = await answeringAgent(join(directory, "web.qga"), changes.change);
      const vm = {
        id: UUID,
        name: "web",
        socket: join(directory, "web.qmp"),
        disks: [],
        images: [],
        places: {},
        running: true,
      };
      const work = async () => {
        done++;
      };
      const read = async () => {
        const call = testCall({ milliseconds: PATIENCE });
        const { reason = "" } = await quiesceReady(vm, call);
        assert.doesNotMatch(reason, /\[object|undefined|\n/);
        // After a failed freeze the driver thaws, which waits for seconds.
        if (Math.random() > 0.02) return;
        asked++;
        assert.equal(typeof (await frozen(vm, PATIENCE, call, work)), "boolean");
        assert.doesNotMatch(call.reports.map(({ message }) => message).join(), /\[object|undefined/);
      };
      return { read, servers: [agent] };
    });
    assert.equal(done, asked);
  });
});
