import { acceleration } from "./acceleration";

export interface DiskOptions {
  /** An existing image. @default a new one */
  file?: string;
  /** Size of a new image in MiB. @default 1 */
  mebibytes?: number;
  /** @default "qcow2" */
  format?: "qcow2" | "raw";
  /** @default false */
  readOnly?: boolean;
  /** The storage is full as soon as the memory of a snapshot is written. @default false */
  fullOnSave?: boolean;
}

/** Options for a command line. */
export interface CommandLine {
  name: string;
  uuid: string;
  memoryMib?: number;
  disks: { node: string; file: string; format: string; readOnly: boolean; fullOnSave: boolean }[];
  sockets: { driver: string; observe: string; agent: string };
  agent?: boolean;
  linux?: { kernel: string; initrd: string; append: string };
  wiring?: "blockdev" | "drive";
  /** A file that is loaded into RAM at 2 MiB. */
  fill?: string | undefined;
  more?: string[];
}

/** A comma in a value must be doubled, or QEMU ends the value there. */
const value = (text: string) => text.replaceAll(",", ",,");

/** Arguments of a VM without network, display or other devices. */
export function argumentsFor(vm: CommandLine): string[] {
  const { name, uuid, memoryMib = 16, sockets, linux } = vm;
  const socket = (path: string) => `unix:${value(path)},server=on,wait=off`;
  const boot = linux ? ["-kernel", linux.kernel, "-initrd", linux.initrd, "-append", linux.append] : [];
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-machine", `pc,accel=${acceleration()}`],
    ...["-name", value(name), "-uuid", uuid, "-m", String(memoryMib)],
    ...["-qmp", socket(sockets.driver), "-qmp", socket(sockets.observe)],
    ...vm.disks.flatMap((disk, index) => diskArguments(disk, index, vm.wiring ?? "blockdev")),
    ...(vm.agent ? agentArguments(sockets.agent) : []),
    ...boot,
    ...(vm.fill ? ["-device", `loader,file=${value(vm.fill)},addr=0x200000,force-raw=on`] : []),
    ...(vm.more ?? []),
  ];
}

function diskArguments(disk: CommandLine["disks"][number], index: number, wiring: "blockdev" | "drive"): string[] {
  const { node, file, format, readOnly, fullOnSave } = disk;
  const device = ["-device", `virtio-blk-pci,drive=${node},id=device${index},bootindex=${index + 1}`];
  if (wiring === "drive") {
    const readonly = readOnly ? ",readonly=on" : "";
    return ["-drive", `if=none,id=${node},format=${format},file=${value(file)}${readonly}`, ...device];
  }
  const below = { driver: "file", filename: file, "node-name": `${node}-file`, "read-only": readOnly };
  const declared = {
    driver: format,
    "node-name": node,
    file: fullOnSave ? full(node) : `${node}-file`,
    "read-only": readOnly,
  };
  return ["-blockdev", JSON.stringify(below), "-blockdev", JSON.stringify(declared), ...device];
}

/** A block filter that fails with ENOSPC, once, at the first write after QEMU has started to write a guest's memory. */
function full(node: string): object {
  const rule = { event: "vmstate_save", iotype: "write", errno: 28, once: true };
  return { driver: "blkdebug", image: `${node}-file`, "inject-error": [rule] };
}

function agentArguments(path: string): string[] {
  return [
    ...["-device", "virtio-serial-pci"],
    ...["-chardev", `socket,path=${value(path)},server=on,wait=off,id=agent`],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
  ];
}
