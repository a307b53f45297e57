import { Config } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { RecoveryPoint, Snapshot } from "snapstate";

/*
 * Before each release: a snapshot of an instance's root volume, which goes to the region's object storage, and a recovery
 * snapshot of the whole instance, which stays on the hypervisor and is quick to go back to.
 *
 *   pulumi config set instance web
 *   pulumi config set release 42 && pulumi up
 */

const config = new Config();
const instance = config.get("instance") ?? "web";
const number = config.get("release") ?? "1";

const release = new random.RandomPet("release", { keepers: { number } });

const volume = new Snapshot("before-release-volume", {
  target: `${instance}/ROOT`,
  name: release.id,
  triggers: [number],
  timeouts: { create: "2h" },
});

const snapshot = new RecoveryPoint(
  "before-release",
  { target: instance, name: release.id, consistency: "crash", triggers: [number] },
  { dependsOn: volume },
);

export const releaseName = release.id;
export const snapshotId = volume.platformId;
export const recoveryPointId = snapshot.platformId;
export const tree = [snapshot.name, snapshot.depth, snapshot.isCurrent];
