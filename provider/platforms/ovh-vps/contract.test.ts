import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { ovhVps } from "../../../testing/platforms/ovh-vps";

describeDriverContract("OVHcloud VPS, signed,", () => ovhVps());
describeDriverContract("OVHcloud VPS, with a service account,", () => ovhVps({}, "serviceAccount"));
