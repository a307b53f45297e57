import { z } from "zod";
import type { PointKind } from "../contract";

/**
 * The parts of the API that CloudMC's public documents do not show, with our best guess for each. The client libraries
 * show `createRecoveryPoint`; everything else here is unverified, and an installation that differs says so here.
 *
 * https://github.com/cloudops/cloudmc-api-docs, https://github.com/cloud-ca/go-cloudca
 */
export const profileSchema = z.strictObject({
  /** Where a volume snapshot is created: on the collection of snapshots, or as an operation of the volume. Both are documented. */
  createSnapshotOn: z.enum(["snapshots", "volume"]).default("snapshots"),
  /** The field of a snapshot with the time of its creation. Not documented. */
  snapshotCreatedField: z.string().min(1).default("creationDate"),
  /** Characters of a snapshot's name. Not documented; CloudStack below it takes 255. */
  longestName: z.int().min(60).max(1024).default(255),
  /** The collection of recovery points. Not documented. */
  recoveryPointEntity: z.string().min(1).default("recoverypoints"),
  /** The query parameter that selects an instance's recovery points. Not documented. */
  recoveryPointFilter: z.string().min(1).default("instance_id"),
  /** The operation of an instance that takes one, as go-cloudca has it. */
  createRecoveryPointOperation: z.string().min(1).default("createRecoveryPoint"),
  /** The operation of a recovery point that goes back to it. Not documented. */
  revertOperation: z.string().min(1).default("revert"),
  /** The operation of a snapshot that makes a template, the one that makes a data volume, and the collection of templates. Not documented. */
  createTemplateOperation: z.string().min(1).default("createTemplate"),
  createVolumeOperation: z.string().min(1).default("createVolume"),
  templateEntity: z.string().min(1).default("templates"),
  /** The flag for "keep memory". Not documented. */
  memoryField: z.string().min(1).default("memory"),
  /** The field that tells what was kept, and its value for memory. Not documented. */
  typeField: z.string().min(1).default("type"),
  memoryType: z.string().min(1).default("DiskAndMemory"),
  diskType: z.string().min(1).default("Disk"),
});

export type Profile = z.infer<typeof profileSchema>;

/** What nobody could check against a real CloudMC. */
const UNVERIFIED = {
  snapshot: [
    "deleting a volume snapshot by DELETE /snapshots/:id",
    "the time of a volume snapshot's creation",
    "templates and data volumes from a snapshot",
  ],
  "recovery-point": [
    "listing, reverting and deleting recovery points",
    "the names of the fields for memory, parent and current",
  ],
} as const satisfies Record<PointKind, readonly string[]>;

export function unverified(kind: PointKind): string[] {
  return UNVERIFIED[kind].map((what) => `Not verified against a real CloudMC: ${what}. See the connection's profile.`);
}
