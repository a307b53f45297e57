import { Config } from "@pulumi/pulumi";
import { Restore, SnapshotPolicy } from "snapstate";

/*
 * The stack is the stage: `up` takes a snapshot of every VM, or of none; `destroy` drops them; `up` with `rollback` reverts
 * every VM. ci-stage.sh runs it around a deploy.
 */

const config = new Config();
const connection = config.get("connection") ?? "default";
const vms = config.require("vms").split(",");
// The same commit is the same stage: a run that was killed is gone on with, and nothing is taken twice.
const commit = config.require("commit");

const group = new SnapshotPolicy("before-deploy", {
  connection,
  targets: vms,
  label: "before-deploy",
  description: `Before the deploy of ${commit}`,
  // With the memory a revert brings running machines back. Without it they are off afterwards.
  consistency: config.get<"crash" | "filesystem" | "memory">("consistency") ?? "memory",
  triggers: [commit],
  keepLast: 1,
});

// Another text for each attempt: the number of the CI run.
const rollback = config.get("rollback");
const restored = (rollback ? vms : []).map(
  (target, index) =>
    new Restore(`rollback-${index}`, {
      connection,
      target,
      snapshot: group.members.apply((members) => members[index]?.snapshots[0]?.id ?? ""),
      triggers: [rollback],
      // What the failed deploy left is thrown away, unless somebody wants to look into it.
      safetySnapshot: config.getBoolean("keepFailed") ?? false,
      // A pipeline has nobody to ask: the name is that of the VM which the group's snapshot was taken of.
      confirm: group.members.apply((members) => members[index]?.targetName ?? ""),
    }),
);

export const snapshots = group.members.apply((members) =>
  members.map(({ targetName, snapshots: [newest] }) => `${targetName}: ${newest?.name} (${newest?.id})`),
);
export const revertedAt = restored.map((one) => one.restoredAt);
