import { Config } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ovh, Snapshot } from "snapstate";

/*
 * The one snapshot of an OVHcloud VPS, before each release. Another release deletes it and takes another one: a VPS has room
 * for one, and the preview says so.
 *
 *   pulumi config set vps vps-1a2b3c4d.vps.ovh.net
 *   pulumi config set release 42 && pulumi up
 */

const config = new Config();
const vps = config.get("vps") ?? "web";
const number = config.get("release") ?? "1";

const release = new random.RandomPet("release", { keepers: { number } });

// Snapshots are a paid option. This only requires it, and fails with its price where it is missing.
const option = new ovh.SnapshotOption("option", { target: vps });

const before = new Snapshot(
  "before-release",
  {
    target: vps,
    name: release.id,
    description: config.get("description") ?? "before the release",
    triggers: [number],
    timeouts: { create: "1h" },
  },
  { dependsOn: option },
);

export const releaseName = release.id;
export const snapshotId = before.platformId;
export const takenAt = before.createdAt;
export const consistency = before.obtainedConsistency;
