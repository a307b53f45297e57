import { Config } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { RecoveryPoint, Snapshot } from "snapstate";

/*
 * Before each release: a snapshot of a virtual machine, and then a recovery point of the container beside it. A guest has one
 * snapshot of a name, so each release has a name of its own; the old ones go when the new ones are there.
 *
 *   pulumi config set vm web && pulumi config set container db
 *   pulumi config set release 42 && pulumi up
 */

const config = new Config();
const number = config.get("release") ?? "1";

const release = new random.RandomPet("release", { keepers: { number } });

const machine = new Snapshot("before-release", {
  target: config.get("vm") ?? "web",
  name: release.id,
  description: "Taken by the release pipeline",
  triggers: [number],
});

const container = new RecoveryPoint(
  "before-release-container",
  { target: config.get("container") ?? "db", name: release.id, consistency: "crash", triggers: [number] },
  { dependsOn: machine },
);

export const releaseName = release.id;
export const snapshotId = machine.platformId;
export const recoveryPointId = container.platformId;
export const tree = [machine.name, machine.depth, machine.isCurrent];
