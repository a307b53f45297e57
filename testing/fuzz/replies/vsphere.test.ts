import { after, describe } from "node:test";
import { Certificates } from "../../contract/certificates";
import type { ProofPlatform } from "../../proof/platform";
import { vsphere } from "../../proof/platforms/vsphere";
import { wiredVsphere } from "../../proof/platforms/wired";
import { fuzzReplies } from "./over-http";

describe("a vCenter's answer that no vCenter should give", () => {
  const certificates = new Certificates();
  let vcenter: ProofPlatform | undefined;
  after(async () => {
    certificates.remove();
    await vcenter?.close();
  });
  fuzzReplies("vSphere", "xml", async () => {
    const started = await vsphere(4);
    if (typeof started === "string") return started;
    vcenter = started;
    return wiredVsphere(started, await certificates.make());
  });
});
