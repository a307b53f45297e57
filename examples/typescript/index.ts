import { Config } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { checkTarget, Snapshot } from "snapstate";

/*
 * A snapshot before each deploy. A CI stage runs:
 *
 *   pulumi config set commit "$COMMIT" && pulumi up --yes
 *
 * A run with the same commit changes nothing; a run with another commit takes a new snapshot, then deletes the old one.
 */

const config = new Config();
const commit = config.require("commit");
const vm = config.get("vm") ?? "/DC0/vm/prod/web-1";
const connection = "vcenter";

// A name that people can say, another one for each commit.
const release = new random.RandomPet("release", { keepers: { commit } });

const before = new Snapshot("before-deploy", {
  connection,
  target: vm,
  name: release.id,
  description: `Before the deploy of ${commit}`,
  quiesce: "prefer",
  ttl: "72h",
  triggers: [commit],
  timeouts: { create: "20m", delete: "6h" },
  // With "retain" a destroy leaves the snapshot on the platform and takes snapstate's marker off it. Pulumi's own
  // retainOnDelete leaves the marker on, so that a later create of this resource may take the old snapshot over.
  onDestroy: "delete",
});
// When the VM is a resource of the same program, pass { deletedWith: vm } as the third argument: its snapshots go with it,
// so Pulumi need not delete them one by one first.

export const snapshot = before.name;
export const obtained = before.obtainedConsistency;
export const expiresAt = before.expiresAt;
export const warnings = before.warnings;
export const findings = checkTarget({ connection, target: vm }).findings;
