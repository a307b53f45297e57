import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { QemuDriver } from "../../../provider/platforms/qemu/driver";
import { qemuSettings } from "../../../provider/platforms/qemu/settings";
import { parseXml } from "../../../provider/platforms/vsphere/client/xml";
import { ConnectionPool } from "../../../provider/runtime";
import { testCall } from "../../contract/call";
import { Certificates } from "../../contract/certificates";
import { simulated, type WiredPlatform } from "../../platforms";
import { vsphere } from "../../platforms/vsphere";
import { wiredVsphere } from "../../platforms/vsphere-wire";
import { Outcomes } from "../outcomes";
import { recordFuzzed } from "../published";
import { answeringQemu, recordedReplies } from "../replies/recorded-qemu";
import { type Bomb, jsonBombs, xmlBombs } from "./bombs";

/** Deadline of a read in milliseconds; shorter than the first pause of a retry. */
const PATIENCE = 170;
/** Processor time for one text in milliseconds; other work on the machine does not count. */
const LONGEST = 2000;
/** Maximum growth of the heap in bytes, after all of them. */
const GROWTH = 300 * 1024 * 1024;

/** Sends each bomb, and checks that time and memory are bounded and the result is a known error. */
async function defuse(t: TestContext, subject: string, bombs: Bomb[], read: (bomb: Bomb) => Promise<unknown>) {
  const outcomes = new Outcomes();
  const before = process.memoryUsage().heapUsed;
  for (const bomb of bombs) {
    const started = process.cpuUsage();
    await outcomes.of(read(bomb), `${subject}, ${bomb.what}`);
    const { user, system } = process.cpuUsage(started);
    const took = (user + system) / 1000;
    assert.ok(took < LONGEST, `${subject}, ${bomb.what}: ${Math.round(took)} ms`);
    assert.equal(({} as Record<string, unknown>).polluted, undefined, bomb.what);
  }
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < GROWTH, `${subject}: ${Math.round(grown / 2 ** 20)} MiB`);
  recordFuzzed(t, { of: "bombs", subject, cases: bombs.length, outcomes: outcomes.counted });
  return outcomes.counted;
}

async function overHttp(t: TestContext, subject: string, bombs: Bomb[], platform: WiredPlatform): Promise<void> {
  const { wire, kind, connection } = platform;
  const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) };
  const target = await platform.newTarget();
  const pool = new ConnectionPool(() => ({ environment }));
  const read = () => pool.get("default").inspect(kind, target.id, testCall({ milliseconds: PATIENCE }));
  try {
    // Sign in first, so that the bombs hit the reads.
    await pool.get("default").inspect(kind, target.id, testCall());
    await defuse(t, subject, bombs, ({ change }) => {
      wire.faults.clear();
      wire.inject({ kind: "changed", times: Number.POSITIVE_INFINITY, change });
      return read();
    });
    wire.faults.clear();
    await pool.get("default").inspect(kind, target.id, testCall());
  } finally {
    wire.faults.clear();
    await pool.close();
    await platform.close();
  }
}

describe("a bomb", () => {
  const certificates = new Certificates();
  after(() => certificates.remove());

  it("is refused by the XML parser, or is a text like any other", async (t) => {
    const answer = "<Envelope><Body><R><returnval><name>web</name></returnval></R></Body></Envelope>";
    const counted = await defuse(t, "vSphere, XML", xmlBombs(), async ({ change }) => parseXml(change(answer), "read"));
    assert.deepEqual(Object.keys(counted).sort(), ["protocol", "understood"]);
    for (const { what, change } of xmlBombs().filter(({ what }) => /entity|laughs|document type/.test(what))) {
      assert.throws(() => parseXml(change(answer), "read"), { kind: "protocol" }, what);
    }
  });

  it("does no harm to the driver for vSphere", async (t) => {
    const vcenter = await vsphere(1);
    if (typeof vcenter === "string") return t.skip(vcenter);
    try {
      await overHttp(t, "vSphere, SOAP", xmlBombs(), await wiredVsphere(vcenter, await certificates.make()));
    } finally {
      await vcenter.close();
    }
  });

  for (const [subject, open] of simulated) {
    it(`does no harm to the driver: ${subject}`, async (t) => {
      const platform = await open();
      if (typeof platform === "string") return t.skip(platform);
      await overHttp(t, subject, jsonBombs(), platform);
    });
  }

  it("does no harm to the driver for QEMU", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "snapstate-bombs-"));
    const uuid = "33cd4c4e-7a13-4a2d-aac3-78969d6a6d76";
    let change: Bomb["change"] | undefined;
    const replies = recordedReplies(uuid, directory);
    const server = await answeringQemu(join(directory, "web.qmp"), replies, (line) => {
      if (change === undefined || !line.includes('"return":[')) return line;
      return change(line).replaceAll("\n", " ");
    });
    const driver = new QemuDriver(qemuSettings.parse({ directory }));
    const read = () => driver.inspect("snapshot", uuid, testCall({ milliseconds: 1000 }));
    try {
      await defuse(t, "QEMU, QMP", jsonBombs(), (bomb) => {
        change = bomb.change;
        return read();
      });
      change = undefined;
      assert.equal((await read()).snapshots.length, 2);
    } finally {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
