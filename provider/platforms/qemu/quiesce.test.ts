import assert from "node:assert/strict";
import { mkdtempSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { type TestCall, testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm } from "../../../testing/qemu";
import { DriverLab } from "../../../testing/qemu/driver-lab";
import { agentAnswers, askAgent, frozen, inGuest } from "../../../testing/qemu/linux-guest/agent";
import { type LinuxGuest, linuxGuest } from "../../../testing/qemu/linux-guest/build";
import { QmpProxy } from "../../../testing/qemu/qmp-proxy";

const QUIESCED = { memory: false, quiesce: { timeoutMinutes: 1 } };

describe("a guest that is frozen by its agent", { skip: qemuMissing() }, () => {
  let lab: DriverLab;
  let vm: Vm;
  let missing: string | undefined;

  before(async () => {
    const guest = await linuxGuest();
    if (typeof guest === "string") {
      missing = guest;
      return;
    }
    lab = DriverLab.open({ freezeTimeout: "20s" });
    vm = await boot(lab, "linux", guest);
    await agentAnswers(vm.agentSocket);
  });
  after(() => lab?.close());

  const withGuest = (title: string, run: (t: TestContext) => Promise<void>) =>
    it(title, async (t) => {
      if (missing !== undefined) return t.skip(missing);
      await run(t);
    });
  const take = async (name: string, memory: boolean, call: TestCall = testCall()) => {
    const spec = { name, description: "", memory, quiesce: { timeoutMinutes: 1 } };
    return (await lab.driver.createSnapshot("recovery-point", vm.uuid, spec, call)).snapshotId;
  };
  /** A driver with a proxy before the VM's socket. */
  async function proxied(t: TestContext): Promise<{ proxy: QmpProxy; behind: DriverLab }> {
    const directory = mkdtempSync(join(lab.lab.disks, "p"));
    symlinkSync(vm.agentSocket, join(directory, basename(vm.agentSocket)));
    const proxy = await QmpProxy.listen(directory, vm);
    t.after(() => proxy.close());
    return { proxy, behind: DriverLab.over(lab.lab, { directory, freezeTimeout: "20s" }) };
  }
  const consistencyOf = async (id: string) =>
    (await lab.snapshots(vm)).find((snapshot) => snapshot.id === id)?.consistency;

  withGuest("is ready, is frozen while its disks are taken, and thawed afterwards", async () => {
    assert.deepEqual((await lab.observe(vm)).quiesceReady, { ready: true });
    await inGuest(vm.agentSocket, "echo one > /data/file");
    const call = testCall();
    const id = await take("frozen", false, call);
    assert.equal(await consistencyOf(id), "filesystem");
    assert.deepEqual(
      call.reports.filter(({ severity }) => severity === "warning"),
      [],
    );
    assert.equal(await frozen(vm.agentSocket), false);
    // A guest that is not frozen can write.
    assert.equal(await inGuest(vm.agentSocket, "echo two > /data/file && cat /data/file"), "two\n");
  });

  withGuest("has everything on the disk that it had written before it was frozen", async () => {
    await inGuest(vm.agentSocket, "echo settled > /data/proof");
    const id = await take("proof", false);
    await inGuest(vm.agentSocket, "echo later > /data/proof; sync");
    await vm.powerOff();
    await lab.revert(vm, id);
    await vm.start();
    await agentAnswers(vm.agentSocket);
    assert.equal(await inGuest(vm.agentSocket, "cat /data/proof"), "settled\n");
  });

  withGuest("is not frozen for a snapshot with memory, which would come back frozen", async () => {
    const id = await take("with memory", true);
    assert.equal(await consistencyOf(id), "memory");
    await lab.revert(vm, id);
    await agentAnswers(vm.agentSocket);
    assert.equal(await frozen(vm.agentSocket), false);
  });

  withGuest("is thawed when the snapshot fails", async (t) => {
    const { proxy, behind } = await proxied(t);
    proxy.before("transaction", async () => {
      assert.equal(await frozen(vm.agentSocket), true);
      proxy.loseReplyTo("transaction");
    });
    await failure(behind.take(vm, "unknown", QUIESCED), "lost-reply");
    assert.equal(await frozen(vm.agentSocket), false);
  });

  withGuest("that somebody else froze is not called ready, and what is taken is not called consistent", async () => {
    await askAgent(vm.agentSocket, "guest-fsfreeze-freeze");
    const ready = (await lab.observe(vm)).quiesceReady;
    assert.deepEqual([ready?.ready, /frozen already/.test(ready?.reason ?? "")], [false, true]);
    const call = testCall();
    const id = await take("somebody's", false, call);
    assert.equal(await consistencyOf(id), "crash");
    assert.match(call.reports.find(({ severity }) => severity === "warning")?.message ?? "", /not quiesced/);
    if (await frozen(vm.agentSocket)) await askAgent(vm.agentSocket, "guest-fsfreeze-thaw");
  });

  withGuest("that thaws by itself before the disks are taken is not called consistent", async (t) => {
    const { proxy, behind } = await proxied(t);
    // As Windows does after ten seconds.
    proxy.before("transaction", () => askAgent(vm.agentSocket, "guest-fsfreeze-thaw"));
    assert.equal(await consistencyOf(await behind.take(vm, "too long", QUIESCED)), "crash");
    assert.equal(await frozen(vm.agentSocket), false);
  });

  withGuest("without an agent is told so within its own time, and is taken without", async (t) => {
    const guest = (await linuxGuest()) as LinuxGuest;
    const mute = await boot(lab, "mute", guest, "no-agent");
    t.after(() => mute.kill());
    const ready = (await lab.observe(mute)).quiesceReady;
    assert.deepEqual([ready?.ready, /did not answer/.test(ready?.reason ?? "")], [false, true]);
    const quick = DriverLab.over(lab.lab, { freezeTimeout: "1s" });
    const call = testCall();
    const spec = { name: "anyway", description: "", memory: false, quiesce: { timeoutMinutes: 5 } };
    await quick.driver.createSnapshot("recovery-point", mute.uuid, spec, call);
    assert.match(call.reports.find(({ severity }) => severity === "warning")?.message ?? "", /not quiesced/);
    assert.deepEqual(
      (await quick.snapshots(mute)).map(({ consistency }) => consistency),
      ["crash"],
    );
  });
});

function boot(lab: DriverLab, name: string, guest: LinuxGuest, word = ""): Promise<Vm> {
  const linux = { ...guest, append: `quiet panic=-1 ${word}` };
  return lab.startVm({ name, linux, agent: true, memoryMib: 192, disks: [{ mebibytes: 64 }] });
}
