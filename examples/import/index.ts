import { Config } from "@pulumi/pulumi";
import { Snapshot } from "snapstate";

/*
 * Ways to an existing snapshot. These two work over either adapter:
 *
 *   pulumi config set existing vcenter/vm-42/snapshot-77
 *
 * Over the plugin (`pulumi config set snapstate:adapter plugin`) there is a third, which also writes the program's text:
 *
 *   pulumi import snapstate:index:Snapshot by-hand vcenter/vm-42/snapshot-77
 */

const config = new Config();

// Managed from now on: found by its name, which must be unique on the VM, and given snapstate's marker. Where there is none
// of that name, a new one is taken. A snapshot with another resource's marker is refused.
const adopted = new Snapshot("before-upgrade", {
  connection: "vcenter",
  target: config.get("vm") ?? "/DC0/vm/prod/web-1",
  name: "before-upgrade",
  adoptExisting: true,
  // What was taken by hand is left behind by a destroy, without the marker.
  onDestroy: "retain",
});

// Only read: a destroy leaves it alone. connection/target/snapshot, each part percent-encoded.
const existing = Snapshot.get("by-hand", config.get("existing") ?? "vcenter/%2FDC0%2Fvm%2Fprod%2Fdb-1/by-hand");

export const adoptedId = adopted.platformId;
export const adoptedManaged = adopted.managed;
export const readCreatedAt = existing.createdAt;
export const readDepth = existing.depth;
