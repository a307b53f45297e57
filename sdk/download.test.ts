import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { isSecret, type Output } from "@pulumi/pulumi";
import { OvhVpsSimulator } from "../testing/simulators/ovh-vps";
import { getSnapshotDownload } from ".";

const simulator = new OvhVpsSimulator();
const outside = { ...process.env };

before(async () => {
  await simulator.listen();
  process.env.SNAPSTATE_CONNECTIONS = JSON.stringify({ ovh: simulator.connection });
});
after(async () => {
  process.env = outside;
  await simulator.close();
});

it("a download's URL is a secret output, by name or id", async () => {
  const vps = simulator.account.add({ displayName: "web" });
  const { id } = simulator.account.replaceByHand(vps, "by hand");
  const download = getSnapshotDownload({ connection: "ovh", target: "web", snapshot: "by hand" });
  const settled = <T>(result: Output<T>) => new Promise<T>((resolve) => result.apply((value) => resolve(value as T)));
  const { url, sizeBytes } = await settled(download);
  assert.ok(url.includes(id) && url.includes("temp_url_sig="), url);
  assert.equal(sizeBytes, 21_474_836_480);
  assert.equal(await isSecret(download), true);
});
