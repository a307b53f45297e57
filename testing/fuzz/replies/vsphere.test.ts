import { after, describe } from "node:test";
import { Certificates } from "../../contract/certificates";
import type { RunningPlatform } from "../../platforms";
import { vsphere } from "../../platforms/vsphere";
import { wiredVsphere } from "../../platforms/vsphere-wire";
import { fuzzReplies } from "./over-http";

describe("a vCenter's answer that no vCenter should give", () => {
  const certificates = new Certificates();
  let vcenter: RunningPlatform | undefined;
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
