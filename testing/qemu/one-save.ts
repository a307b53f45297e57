import { QemuDriver } from "../../provider/platforms/qemu/driver";
import { qemuSettings } from "../../provider/platforms/qemu/settings";
import { testCall } from "../contract/call";

/*
 * A process that takes one snapshot with memory, for tests that kill it. Arguments: the connection's folder, the VM,
 * the description, the marker.
 */

const [, , directory, vm = "", description = "", marker = ""] = process.argv;
const driver = new QemuDriver(qemuSettings.parse({ directory }));
void driver
  .createSnapshot("snapshot", vm, { name: "saved", description, ownership: { marker }, memory: true }, testCall())
  .then(
    () => process.exit(0),
    () => process.exit(1),
  );
