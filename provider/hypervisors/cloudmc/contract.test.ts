import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { cloudmc } from "../../../testing/platforms/cloudmc";

for (const kind of ["snapshot", "recovery-point"] as const) {
  describeHypervisorContract(`CloudMC, ${kind}s,`, () => cloudmc(kind));
}
