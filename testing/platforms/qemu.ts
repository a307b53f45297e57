import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Lab, qemuMissing, type Vm } from "../qemu";
import { qemuImg, snapshotsIn } from "../qemu/images";
import { QmpProxy } from "../qemu/qmp-proxy";
import { type RunningPlatform, type Target, until } from "./harness";

interface Device {
  inserted?: { image: { snapshots?: { id: string; name: string; "date-sec": number; "date-nsec": number }[] } };
}

/** Data that a guest has written to its overlay, if the guest itself writes nothing. */
const DATA = { at: 512 << 10, length: 256 << 10 };

const baseOf = (overlay: string) => overlay.replace(/over-\d+$/, "qcow2");

/** Parts that only QEMU has. */
export type QemuPlatform = RunningPlatform & Required<Pick<RunningPlatform, "process">> & { lab: Lab };

/**
 * Real QEMU VMs. Starting one takes longer than a case, so released VMs are reused.
 *
 * @param proxied puts a socket that can lose replies in front of each VM's own. @default false
 * @returns why QEMU is unavailable
 */
export async function qemu({ proxied = false } = {}): Promise<QemuPlatform | string> {
  const missing = qemuMissing();
  if (missing) return missing;
  const lab = Lab.open();
  const directory = proxied ? join(lab.disks, "proxied") : lab.directory;
  if (proxied) mkdirSync(directory);
  const vms = new Map<string, Vm>();
  const proxies = new Map<Vm, QmpProxy>();
  const unused: Vm[] = [];
  let count = 0;
  const add = async (name: string): Promise<Target> => {
    const vm = await lab.startVm({ name, files: `vm-${++count}` });
    vms.set(vm.uuid, vm);
    if (proxied) proxies.set(vm, await QmpProxy.listen(directory, vm));
    return { id: vm.uuid, name };
  };
  const vmOf = ({ id }: Target) => vms.get(id) as Vm;
  const snapshots = async (vm: Vm) => {
    const devices = await vm.look.execute<Device[]>("query-block");
    const found = devices.flatMap(({ inserted }) => inserted?.image.snapshots ?? []);
    return found.map((one) => ({ name: one.name, id: `${one.id}-${one["date-sec"]}-${one["date-nsec"]}` }));
  };
  const overlays = new Map<Vm, { file: string; value: number }>();
  let values = 0;
  /** From its files: a remaining overlay, or the image into which it was merged. */
  const again = async (vm: Vm) => {
    if (vm.running) await vm.noteFiles();
    await vm.kill();
    const [disk] = vm.disks;
    if (disk && !existsSync(disk.file)) disk.file = baseOf(disk.file);
    await vm.start();
  };
  /** Merges the rest of an overlay manually. */
  const clear = async (vm: Vm, file: string) => {
    const [disk] = vm.disks;
    if (disk?.file !== file || !existsSync(file)) return;
    await vm.powerOff();
    await qemuImg("commit", "-q", file);
    rmSync(file);
    disk.file = baseOf(file);
  };
  const running = async (vm: Vm) => (await vm.look.execute<{ status: string }>("query-status")).status === "running";
  const off = async (target: Target) => {
    const vm = vmOf(target);
    await vm.powerOff();
    proxies.get(vm)?.close();
  };
  return {
    name: "qemu",
    kind: "snapshot",
    // Slow enough to kill a run during a merge.
    connection: { platform: "qemu", directory, pollInterval: "5ms", mergeMebibytesPerSecond: 2 },
    secrets: [],
    edits: true,
    reverts: true,
    atOnce: 2,
    lab,
    newTarget: async () => {
      const vm = unused.shift();
      return vm ? { id: vm.uuid, name: vm.name } : add(`target-${count + 1}`);
    },
    twin: async ({ name }) => void (await add(name)),
    removeTarget: async (target) => {
      const vm = vmOf(target);
      await vm.kill();
      proxies.get(vm)?.close();
      for (const { file } of vm.disks) rmSync(file);
    },
    // An idle guest uses an eighth of a core: it writes 18 times a second.
    park: off,
    beforeRevert: off,
    process: { pid: (target) => vmOf(target).pid, start: (target) => again(vmOf(target)) },
    release: async (target) => {
      const vm = vmOf(target);
      // After a merge QEMU still locks the overlay with which it was started, and the image below cannot get another
      // one.
      const overlay = overlays.get(vm);
      if (overlay) await clear(vm, overlay.file);
      if (overlays.delete(vm) || !vm.running) await again(vm);
      for (const { name } of await snapshots(vm)) await vm.look.monitor(`delvm ${JSON.stringify(name)}`);
      for (const { file } of vm.disks) rmSync(`${file}.snapstate.json`, { force: true });
      if (!(await running(vm))) await vm.look.execute("cont");
      unused.push(vm);
    },
    takeForeign: async (target) => {
      const vm = vmOf(target);
      await vm.look.monitor("savevm by-hand");
      const found = (await snapshots(vm)).find(({ name }) => name === "by-hand");
      if (found === undefined) throw new Error("QEMU took no snapshot");
      return found.id;
    },
    snapshots: async (target) => {
      const vm = vmOf(target);
      const found = vm.running ? await snapshots(vm) : await snapshotsIn(vm.disks[0]?.file as string);
      return found.map(({ id, name }) => ({ id, text: name }));
    },
    idle: async (target) => {
      const { look } = vmOf(target);
      const jobs = () => look.execute<{ status: string }[]>("query-jobs");
      await until(async () => (await jobs()).every(({ status }) => status === "concluded"));
    },
    leftovers: async (target) => {
      const vm = vmOf(target);
      const file = vm.disks[0]?.file as string;
      const locks = readdirSync(dirname(file)).filter(
        (name) => name.startsWith(basename(file)) && name.endsWith(".lock"),
      );
      return [...((await running(vm)) ? [] : ["the VM is paused"]), ...locks];
    },
    disks: {
      remedy: true,
      request: "block-commit",
      leave: async (target) => {
        const vm = vmOf(target);
        const value = (values++ % 255) + 1;
        const base = vm.disks[0]?.file as string;
        const file = base.replace(/qcow2$/, `over-${values}`);
        await vm.overlay(0, file);
        await vm.write(0, { ...DATA, value });
        overlays.set(vm, { file, value });
      },
      left: async (target, didStart) => {
        const vm = vmOf(target);
        const { file, value } = overlays.get(vm) as { file: string; value: number };
        await vm.noteFiles();
        const jobs = await vm.look.execute<{ id: string; status: string }[]>("query-jobs");
        const content = (await vm.content()).subarray(DATA.at, DATA.at + DATA.length);
        const runsOnIt = vm.disks[0]?.file === file;
        // A VM that was restarted from an overlay before its merge was recorded has it as its own image.
        const mayStay = !didStart && runsOnIt && existsSync(file);
        return [
          ...(runsOnIt && !mayStay ? ["the VM still runs on the overlay"] : []),
          ...(existsSync(file) && !mayStay ? [`the file ${basename(file)}`] : []),
          ...jobs.filter(({ id }) => id.includes("commit")).map(({ id, status }) => `job ${id}, ${status}`),
          ...(content.every((byte) => byte === value) ? [] : ["what the guest wrote is lost"]),
        ];
      },
    },
    // Without memory a snapshot is one command without a task.
    taskTime: async () => {},
    loseNextReply: async () => {
      for (const proxy of proxies.values()) proxy.loseReplyTo("transaction");
    },
    close: () => lab.close(),
  };
}
