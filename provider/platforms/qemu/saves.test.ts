import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { qemuMissing, type Vm, type VmOptions } from "../../../testing/qemu";
import { assertCounts, DriverLab } from "../../../testing/qemu/driver-lab";
import { checkImage, snapshotsIn } from "../../../testing/qemu/images";
import { HeldClock } from "../../../testing/support/held-clock";
import { packageRoot } from "../../../testing/support/package-root";
import { IN_FLIGHT, type SnapstateError } from "../../core/errors";
import { sleep } from "../../core/operation";

const missing = qemuMissing();
const MIB = 1024 * 1024;
/** RAM that makes a save take some tenths of a second. */
const FILLED = 160;
const OWNERSHIP = { marker: "a".repeat(26) };
const DESCRIPTION = "before the release";

describe("a save of the memory that is interrupted", { skip: missing }, () => {
  const real = missing === undefined ? DriverLab.open() : undefined;
  const open: Vm[] = [];
  after(() => real?.close());
  afterEach(async () => {
    for (const vm of open.splice(0)) await vm.kill();
  });
  const lab = () => real as DriverLab;
  const start = async (name: string, options: Partial<VmOptions> = {}) => {
    const vm = await lab().startVm({ name, memoryMib: FILLED + 32, filledMib: FILLED, ...options });
    open.push(vm);
    await vm.counted(1);
    return vm;
  };
  const save = { name: "saved", description: DESCRIPTION, ownership: OWNERSHIP, memory: true };
  const create = (vm: Vm, call = testCall()) => lab().driver.createSnapshot("snapshot", vm.uuid, save, call);

  /** What the lifecycle does in the next run: waits, looks for its marker, and takes a snapshot when there is none. */
  async function runAgain(vm: Vm): Promise<void> {
    await lab().driver.settle("snapshot", vm.uuid, testCall({ milliseconds: 30_000 }));
    const found = (await lab().snapshots(vm)).some(({ ownership }) => ownership?.marker === OWNERSHIP.marker);
    if (!found) await create(vm);
    const snapshots = await lab().snapshots(vm);
    assert.deepEqual(
      snapshots.map(({ name, description, consistency, isCurrent }) => [name, description, consistency, isCurrent]),
      [["saved", DESCRIPTION, "memory", true]],
    );
    assert.equal((await snapshotsIn(file(vm))).length, 1);
    await assertCounts(vm);
    // And it is a whole one.
    await lab().revert(vm, snapshots[0]?.id as string);
    await assertCounts(vm);
  }

  it("by a kill -9 of the provider: QEMU ends it, and the next run finds it", async () => {
    const vm = await start("provider-killed");
    const provider = spawnProvider(vm);
    await writing(vm);
    provider.kill("SIGKILL");
    await once(provider, "exit");
    await runAgain(vm);
    const [snapshot] = await lab().snapshots(vm);
    // The job that nobody fetched is in no one's way.
    await lab().remove(vm, snapshot?.id as string);
    await runAgain(vm);
  });

  it("by a kill -9 of QEMU: an error that says nobody knows, a whole disk, and one snapshot after the next run", async () => {
    const vm = await start("qemu-killed");
    const creating = failure(create(vm), "lost-reply");
    await writing(vm);
    await vm.kill();
    await creating;
    await checkImage(file(vm));
    assert.equal((await lab().observe(vm)).powerState, "off");
    await vm.start();
    await vm.counted(1);
    await runAgain(vm);
  });

  it("by a kill -9 of both", async () => {
    const vm = await start("both-killed");
    const provider = spawnProvider(vm);
    await writing(vm);
    provider.kill("SIGKILL");
    await vm.kill();
    await checkImage(file(vm));
    assert.deepEqual(await lab().snapshots(vm), []);
    await vm.start();
    await vm.counted(1);
    await runAgain(vm);
  });

  it("by a cancel: it stops waiting at once, says that the save goes on, and the next run finds it", async () => {
    const vm = await start("cancelled");
    const call = testCall();
    const creating = failure(create(vm, call), "cancelled");
    await writing(vm);
    // SIGSTOP holds QEMU as a slow disk would.
    process.kill(vm.pid, "SIGSTOP");
    call.abort.abort();
    assert.ok(goesOn(await creating));
    process.kill(vm.pid, "SIGCONT");
    await runAgain(vm);
  });

  it("by the deadline: it says that the save goes on", async () => {
    const vm = await start("late");
    const clock = new HeldClock();
    const call = testCall({ milliseconds: 50, clock });
    const creating = failure(create(vm, call), "timeout");
    await writing(vm);
    process.kill(vm.pid, "SIGSTOP");
    clock.pass(50);
    assert.ok(goesOn(await creating));
    process.kill(vm.pid, "SIGCONT");
    await runAgain(vm);
  });

  it("by a full disk: it says so, nothing is left, and the VM goes on", async () => {
    const vm = await start("full", { filledMib: 0, memoryMib: 16, disks: [{ fullOnSave: true }] });
    const error = await failure(create(vm), "task-failed");
    assert.match(error.hint ?? "", /storage of the VM's disks is not full/);
    assert.deepEqual([await lab().snapshots(vm), await snapshotsIn(file(vm))], [[], []]);
    await assertCounts(vm);
    await vm.powerOff();
    await checkImage(file(vm));
  });

  function spawnProvider(vm: Vm): ChildProcess {
    const script = join(packageRoot(__dirname), "dist", "testing", "qemu", "one-save.js");
    return spawn(process.execPath, [script, lab().lab.directory, vm.uuid, DESCRIPTION, OWNERSHIP.marker], {
      stdio: "ignore",
    });
  }
});

/** With the job's id, or with the word that the command was on its way, since QEMU may be silent until the save has ended. */
function goesOn({ taskId = "", code }: SnapstateError): boolean {
  return taskId.startsWith("snapstate-save-") || code === IN_FLIGHT;
}

function file(vm: Vm): string {
  return vm.disks[0]?.file as string;
}

/** Waits until QEMU is in the middle of a save: the disk has grown by a part of the RAM. */
async function writing(vm: Vm): Promise<void> {
  while (statSync(file(vm)).size < 24 * MIB) await sleep(1);
}
