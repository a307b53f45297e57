import { Lab } from "./lab";

/* A process that starts a VM and closes nothing, for the test of leftovers. */

void Lab.open()
  .startVm({ name: "forgotten" })
  .then((vm) => process.stdout.write(`${JSON.stringify({ pid: vm.pid, socket: vm.socket })}\n`));
setInterval(() => {}, 1_000);
