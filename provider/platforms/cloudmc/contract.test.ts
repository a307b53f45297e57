import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { cloudmc } from "../../../testing/platforms/cloudmc";

for (const kind of ["snapshot", "recovery-point"] as const) {
  describeDriverContract(`CloudMC, ${kind}s,`, () => cloudmc(kind));
}
