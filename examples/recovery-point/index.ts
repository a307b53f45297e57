import { Config } from "@pulumi/pulumi";
import { ConsolidationTask, getSnapshots, RecoveryPoint } from "snapstate";

/*
 * A recovery point with memory, so that a revert brings the running machine back, and a consolidation of its disks.
 * Without the memory, for instance of a VM that is powered off, the resource fails and leaves no snapshot behind.
 */

const config = new Config();
const target = { name: config.get("vm") ?? "db-1" };
const connection = "vcenter";

// First what an earlier removal may have left behind; it does nothing when no consolidation is needed.
const tidy = new ConsolidationTask("disks", {
  connection,
  target,
  when: "needed",
  timeouts: { create: "6h", update: "6h" },
});

const snapshot = new RecoveryPoint(
  "before-migration",
  {
    connection,
    target,
    consistency: "memory",
    description: "As it ran before the migration",
    // Neither a destroy nor a replacement gets past this. Set it to false and run `pulumi up` before either.
    hold: true,
    limits: { warnChainDepth: 2, maxChainDepth: 5, maxAge: "48h" },
  },
  { dependsOn: tidy },
);

export const merged = tidy.ran;
export const recoveryPoint = snapshot.platformId;
export const bytes = snapshot.sizeBytes;
// Asked for once the recovery point is there, since its target comes from the recovery point's output.
export const tree = getSnapshots({ connection, target: snapshot.targetId }).snapshots;
