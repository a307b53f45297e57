import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Lab, qemuMissing, type Vm } from "../../qemu";
import type { ProofPlatform, ProofTarget } from "../platform";

interface Device {
  inserted?: { image: { snapshots?: { id: string; name: string; "date-sec": number; "date-nsec": number }[] } };
}

/** What a guest has written to its overlay, where the counting guest writes nothing. */
const DATA = { at: 512 << 10, length: 256 << 10 };

/** Real VMs of QEMU: starting one takes longer than a case, so that cases take turns on two. @returns why it cannot be had */
export async function qemu(): Promise<(ProofPlatform & Required<Pick<ProofPlatform, "process">>) | string> {
  const missing = qemuMissing();
  if (missing) return missing;
  const lab = Lab.open();
  const vms = await Promise.all(["proof-1", "proof-2"].map((name) => lab.startVm({ name })));
  const unused = [...vms];
  const vmOf = ({ id }: ProofTarget) => vms.find(({ uuid }) => uuid === id) as Vm;
  const snapshots = async (vm: Vm) => {
    const devices = await vm.look.execute<Device[]>("query-block");
    const found = devices.flatMap(({ inserted }) => inserted?.image.snapshots ?? []);
    return found.map((one) => ({ name: one.name, id: `${one.id}-${one["date-sec"]}-${one["date-nsec"]}` }));
  };
  const overlays = new Map<Vm, { file: string; value: number }>();
  let values = 0;
  /** From the files that it ran on: an overlay that is still there, or the image that it was merged into. */
  const again = async (vm: Vm) => {
    if (vm.running) await vm.noteFiles();
    await vm.kill();
    const [disk] = vm.disks;
    if (disk && !existsSync(disk.file)) disk.file = disk.file.replace(/over-\d+$/, "qcow2");
    await vm.start();
  };
  const running = async (vm: Vm) => (await vm.look.execute<{ status: string }>("query-status")).status === "running";
  return {
    name: "qemu",
    kind: "snapshot",
    // Slow enough that a run can die while QEMU merges.
    connection: { platform: "qemu", directory: lab.directory, pollMilliseconds: 5, mergeMebibytesPerSecond: 2 },
    secrets: [],
    edits: true,
    reverts: true,
    atOnce: vms.length,
    newTarget: async () => {
      const vm = unused.shift();
      if (vm === undefined) throw new Error("both VMs are in use");
      return { id: vm.uuid, name: vm.name };
    },
    process: { pid: (target) => vmOf(target).pid, start: (target) => again(vmOf(target)) },
    release: async (target) => {
      const vm = vmOf(target);
      // After a merge QEMU still holds the overlay that it was started with, and takes none on the image below.
      if (!vm.running || overlays.delete(vm)) await again(vm);
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
    points: async (target) => (await snapshots(vmOf(target))).map(({ id, name }) => ({ id, text: name })),
    idle: async (target) => {
      const { look } = vmOf(target);
      const jobs = () => look.execute<{ status: string }[]>("query-jobs");
      while ((await jobs()).some(({ status }) => status !== "concluded")) {
        await new Promise((next) => setTimeout(next, 10));
      }
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
      instead: true,
      leave: async (target) => {
        const vm = vmOf(target);
        const value = (values++ % 255) + 1;
        const base = vm.disks[0]?.file as string;
        const file = base.replace(/qcow2$/, `over-${values}`);
        await vm.overlay(0, file);
        await vm.write(0, { ...DATA, value });
        overlays.set(vm, { file, value });
      },
      left: async (target) => {
        const vm = vmOf(target);
        const { file, value } = overlays.get(vm) as { file: string; value: number };
        await vm.noteFiles();
        const jobs = await vm.look.execute<{ id: string; status: string }[]>("query-jobs");
        const content = (await vm.content()).subarray(DATA.at, DATA.at + DATA.length);
        return [
          ...(vm.disks[0]?.file === file ? ["the VM still runs on the overlay"] : []),
          ...(existsSync(file) ? [`the file ${basename(file)}`] : []),
          ...jobs.filter(({ id }) => id.includes("commit")).map(({ id, status }) => `job ${id}, ${status}`),
          ...(content.every((byte) => byte === value) ? [] : ["what the guest wrote is lost"]),
        ];
      },
    },
    close: () => lab.close(),
  };
}
