import { QemuHypervisor } from "../../provider/hypervisors/qemu/driver";
import { qemuSettings } from "../../provider/hypervisors/qemu/settings";
import { testCall } from "../contract/call";

/* A process that takes one snapshot with memory, for tests that kill it: the connection's folder, the VM, the description, the marker. */

const [, , directory, vm = "", description = "", marker = ""] = process.argv;
const hypervisor = new QemuHypervisor(qemuSettings.parse({ directory }));
void hypervisor
  .createPoint("snapshot", vm, { name: "saved", description, ownership: { marker }, memory: true }, testCall())
  .then(
    () => process.exit(0),
    () => process.exit(1),
  );
