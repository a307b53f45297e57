import { Config } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { RecoveryPoint, Snapshot } from "snapstate";

/*
 * Before each release: a snapshot of a VM's root volume, which goes to the secondary storage and can be used in another VM,
 * and a recovery point of the whole VM, which stays on the hypervisor and is quick to go back to.
 *
 *   pulumi config set vm web
 *   pulumi config set release 42 && pulumi up
 */

const config = new Config();
const vm = config.get("vm") ?? "web";
const number = config.get("release") ?? "1";

const release = new random.RandomPet("release", { keepers: { number } });

const volume = new Snapshot("before-release-volume", {
  target: `${vm}/ROOT`,
  name: release.id,
  triggers: [number],
  timeouts: { create: "2h" },
});

// One after the other: CloudStack does one thing to a VM at a time.
const snapshot = new RecoveryPoint(
  "before-release",
  { target: vm, name: release.id, consistency: "crash", triggers: [number] },
  { dependsOn: volume },
);

export const releaseName = release.id;
export const snapshotId = volume.platformId;
export const recoveryPointId = snapshot.platformId;
export const tree = [snapshot.name, snapshot.depth, snapshot.isCurrent];
