import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { ovhVps } from "../../../testing/platforms/ovh-vps";

describeHypervisorContract("OVHcloud VPS, signed,", () => ovhVps());
describeHypervisorContract("OVHcloud VPS, with a service account,", () => ovhVps({}, "serviceAccount"));
