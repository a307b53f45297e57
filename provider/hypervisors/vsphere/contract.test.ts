import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { vsphere } from "../../../testing/platforms/vsphere";

for (const storeEscaped of ["raw", "decoded"] as const) {
  describeHypervisorContract(`vSphere on a vCenter that stores names ${storeEscaped}`, () =>
    vsphere(24, { storeEscaped }),
  );
}
