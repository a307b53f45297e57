import { Config } from "@pulumi/pulumi";
import { RandomPet } from "@pulumi/random";
import { ConsolidationTask, RecoveryPoint, Restore, Snapshot } from "snapstate";

// The quickstart's program: `npm run quickstart` runs it. Its settings come from the stack's configuration.
const config = new Config();
const [web, db] = config.requireObject<[string, string]>("vms");
const description = config.get("description") ?? "before the release";

// A name no other release has had, so that people find the snapshot that belongs to a release.
const release = new RandomPet("release", { length: 2, keepers: { version: config.get("version") ?? "1" } });

const snapshots = [web, db].map(
  (target, index) =>
    new Snapshot(`before-${index === 0 ? "web" : "db"}`, {
      target,
      name: release.id,
      description,
      ttl: "72h",
    }),
);

// A whole-VM restore point with the memory: a revert finds the machine running.
const running = new RecoveryPoint("running-web", { target: web, consistency: "memory" }, { dependsOn: snapshots });

// `pulumi config set rollback "ticket 4711"` and the next `up` take the machine back to it, once. What is lost is kept first.
const rollback = config.get("rollback");
const back = new Restore("back-web", {
  target: web,
  snapshot: running.platformId,
  triggers: rollback ? [rollback] : [],
});

// Merges disks that a removal left behind; it does nothing while nothing was.
const consolidation = new ConsolidationTask("consolidate-db", { target: db }, { dependsOn: snapshots });

export const releaseName = release.id;
export const taken = snapshots.map((snapshot) => snapshot.platformId);
export const recoveryPoint = running.platformId;
export const consistency = running.obtainedConsistency;
export const lostStateKeptIn = back.safetySnapshotId;
export const consolidated = consolidation.ran;
