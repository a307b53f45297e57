import { describe } from "node:test";
import { wiredCloudmc, wiredCloudstack } from "../../proof/platforms/wired";
import { fuzzReplies } from "./over-http";

describe("a CloudStack's answer that none should give", () => {
  fuzzReplies("CloudStack, volume snapshots", "json", () => wiredCloudstack("snapshot"));
  fuzzReplies("CloudStack, VM snapshots", "json", () => wiredCloudstack("recovery-point"));
  fuzzReplies("CloudMC, volume snapshots", "json", () => wiredCloudmc("snapshot"));
});
