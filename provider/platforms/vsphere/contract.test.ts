import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { vsphere } from "../../../testing/platforms/vsphere";

for (const storeEscaped of ["raw", "decoded"] as const) {
  describeDriverContract(`vSphere on a vCenter that stores names ${storeEscaped}`, () => vsphere(24, { storeEscaped }));
}
