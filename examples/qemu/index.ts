import { Config } from "@pulumi/pulumi";
import { RecoveryPoint, Restore } from "snapstate";

/*
 * A recovery point of a running QEMU machine, its RAM included, and a way back to it. How a machine of yours is reached is in
 * docs/platforms/qemu.md.
 *
 *   pulumi config set vm web
 *   pulumi up                                     takes the recovery point
 *   pulumi config set rollback "ticket 4711"
 *   pulumi up                                     reverts the machine, once
 */

const config = new Config();
const target = { name: config.require("vm") };
const rollback = config.get("rollback");

const snapshot = new RecoveryPoint("running", {
  target,
  consistency: "memory",
  name: "before the change",
  description: config.get("description") ?? "the machine as it ran",
});

const back = new Restore("way-back", {
  target,
  kind: "recovery-point",
  snapshot: snapshot.platformId,
  // Without a trigger it is armed and does nothing.
  triggers: rollback ? [rollback] : [],
  // What the revert would lose is kept, and since QEMU loads no other into a machine that runs, with its RAM.
  safetyMemory: true,
});

export const recoveryPoint = snapshot.platformId;
export const bytesOfRam = snapshot.sizeBytes;
export const reverts = back.runs;
export const lostStateKeptIn = back.safetySnapshotId;
