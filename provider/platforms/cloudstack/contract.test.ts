import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { cloudstack } from "../../../testing/platforms/cloudstack";

for (const kind of ["snapshot", "recovery-point"] as const) {
  describeDriverContract(`CloudStack, ${kind}s`, () => cloudstack(kind));
}
