import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { cloudstack } from "../../../testing/platforms/cloudstack";

for (const kind of ["snapshot", "recovery-point"] as const) {
  describeHypervisorContract(`CloudStack, ${kind}s`, () => cloudstack(kind));
}
