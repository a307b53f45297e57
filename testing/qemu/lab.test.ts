import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { sleep } from "../../provider/core/operation";
import { chainOf, checkImage, countersOn, snapshotsIn } from "./images";
import { Lab } from "./lab";
import { qemuMissing } from "./missing";
import type { Vm } from "./vm";

const missing = qemuMissing();

describe("a missing QEMU", () => {
  it("is told with the programs and a command to install them", (t) => {
    const path = process.env.PATH;
    t.after(() => {
      process.env.PATH = path;
    });
    process.env.PATH = "/nowhere";
    assert.match(qemuMissing() ?? "", /^qemu-system-x86_64 and qemu-img not found on the PATH\. Install QEMU with: ./);
  });
});

describe("a lab of real VMs", { skip: missing }, () => {
  const lab = missing === undefined ? Lab.open() : undefined;
  after(() => lab?.close());
  const start = (options: Parameters<Lab["startVm"]>[0]) => (lab as Lab).startVm(options);

  for (const wiring of ["blockdev", "drive"] as const) {
    it(`boots a guest that counts in RAM and on its disk, declared by -${wiring}`, async () => {
      const vm = await start({ name: `counts-${wiring}`, wiring });
      const early = await vm.counted(3);
      assert.deepEqual(early.sinceBoot, early.inAll);
      const later = await vm.counted(early.sinceBoot + 5);
      const disk = await vm.onDisk();
      assert.ok(disk.sinceBoot >= later.sinceBoot && disk.sinceBoot <= (await vm.inRam()).sinceBoot);
      await vm.kill();
    });
  }

  it("leaves the first socket to the driver", async () => {
    const vm = await start({ name: "socket" });
    await vm.inRam();
    const socket = createConnection(vm.socket);
    const [greeting] = await new Promise<string[]>((resolve) => {
      socket.setEncoding("utf8").once("data", (text: string) => resolve([text]));
    });
    assert.match(greeting ?? "", /"QMP"/);
    await vm.counted(1);
    socket.destroy();
    await vm.kill();
  });

  it("powers off and on again with the same disks, on which the count goes on", async () => {
    const vm = await start({ name: "off" });
    await vm.counted(4);
    await vm.powerOff();
    assert.equal(vm.running, false);
    const off = await vm.onDisk();
    assert.ok(off.inAll >= 4);
    await vm.start();
    const on = await vm.counted(2);
    assert.ok(on.sinceBoot < off.inAll && on.inAll >= off.inAll + 2, JSON.stringify({ off, on }));
    await vm.kill();
  });

  it("survives a kill -9 with its disks whole", async () => {
    const vm = await start({ name: "killed" });
    await vm.counted(3);
    await vm.kill();
    assert.throws(() => vm.pid, /the VM killed is off/);
    await checkImage(vm.disks[0]?.file as string);
    await vm.start();
    await vm.counted(1);
    await vm.kill();
  });

  it("goes back in RAM and on the disk by a snapshot of QEMU's own", async () => {
    const vm = await start({ name: "back" });
    await vm.counted(3);
    const job = async (command: string, tag: string) => {
      const which = { "job-id": command, tag, vmstate: "disk0", devices: ["disk0"] };
      await vm.look.execute(command, which);
      await ended(vm, command);
    };
    await job("snapshot-save", "then");
    const file = vm.disks[0]?.file as string;
    const [snapshot] = await snapshotsIn(file);
    assert.ok(snapshot?.name === "then" && snapshot["vm-state-size"] > 0);
    const then = await countersOn(file, "then");
    const later = await vm.counted(then.sinceBoot + 10);
    await job("snapshot-load", "then");
    const [ram, disk] = [await vm.inRam(), await vm.onDisk()];
    assert.ok(ram.sinceBoot >= then.sinceBoot && ram.sinceBoot < later.sinceBoot, JSON.stringify({ then, later, ram }));
    assert.ok(disk.sinceBoot >= then.sinceBoot && disk.sinceBoot < later.sinceBoot);
    await vm.kill();
  });

  it("puts overlays on a disk and starts with them again", async () => {
    const vm = await start({ name: "layers" });
    await vm.counted(2);
    await vm.overlay(0, join((lab as Lab).disks, "layer-1.qcow2"));
    await vm.overlay(0, join((lab as Lab).disks, "layer-2.qcow2"));
    await vm.write(0, { at: 131_072, length: 512, value: 0x5a });
    await vm.powerOff();
    const chain = await chainOf(vm.disks[0]?.file as string);
    assert.deepEqual(
      chain.map(({ filename }) => filename.split("/").at(-1)),
      ["layer-2.qcow2", "layer-1.qcow2", "layers-0.qcow2"],
    );
    await vm.start();
    await vm.counted(1);
    assert.deepEqual((await vm.content()).subarray(131_072, 131_584), Buffer.alloc(512, 0x5a));
    await vm.kill();
  });

  it("says what QEMU said when a VM does not start", async () => {
    await assert.rejects(
      start({ name: "wrong", more: ["-no-such-option"] }),
      /the VM wrong did not start: .*no-such-option/s,
    );
  });

  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`leaves nothing behind when its process gets ${signal}`, async () => {
      const child = spawn(process.execPath, [join(__dirname, "forgotten.js")], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const { pid, socket } = await firstLine(child);
      assert.ok(existsSync(socket) && isAlive(pid));
      child.kill(signal);
      const end = Date.now() + 10_000;
      const folder = dirname(dirname(socket));
      while ((isAlive(pid) || existsSync(folder)) && Date.now() < end) await sleep(20);
      assert.deepEqual([isAlive(pid), existsSync(folder)], [false, false]);
    });
  }

  it("closes with every VM ended and its folder gone", async () => {
    const own = Lab.open();
    const vm = await own.startVm({ name: "last" });
    const { pid } = vm;
    await own.close();
    await own.close();
    assert.deepEqual([isAlive(pid), existsSync(own.directory)], [false, false]);
  });
});

async function ended(vm: Vm, id: string): Promise<void> {
  for (;;) {
    const jobs = await vm.look.execute<{ id: string; status: string; error?: string }[]>("query-jobs");
    const job = jobs.find((one) => one.id === id);
    if (job?.status !== "concluded") {
      await sleep(10);
      continue;
    }
    await vm.look.execute("job-dismiss", { id });
    assert.equal(job.error, undefined);
    return;
  }
}

async function firstLine(child: ChildProcess): Promise<{ pid: number; socket: string }> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return JSON.parse(await new Promise<string>((resolve) => lines.once("line", resolve)));
}

/** A process that has ended and was not waited for stays in the list as a zombie; in some containers for ever. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
