import { Config } from "@pulumi/pulumi";
import { RecoveryPoint } from "snapstate";

/*
 * One program, two platforms. Each connection has its own settings:
 *
 *   pulumi config set --path 'snapstate:connections.vcenter.platform' vsphere
 *   pulumi config set --path 'snapstate:connections.cloud.platform' cloudstack
 *
 * What a platform cannot do is said at preview, with the way out; nothing is silently left out.
 */

const release = new Config().require("release");

const machines = [
  { connection: "vcenter", target: "/DC0/vm/prod/web-1" },
  { connection: "cloud", target: { name: "db-1" } },
];

const snapshots = machines.map(
  ({ connection, target }) =>
    new RecoveryPoint(`before-${connection}`, {
      connection,
      target,
      description: `Before release ${release}`,
      triggers: [release],
    }),
);

export const taken = snapshots.map(({ platform, platformId, obtainedConsistency }) => ({
  platform,
  platformId,
  obtainedConsistency,
}));
