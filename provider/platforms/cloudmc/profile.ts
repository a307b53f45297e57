import { z } from "zod";
import type { SnapshotKind } from "../contract-types";

/**
 * Undocumented parts of CloudMC's API, with the most likely value of each. The client libraries have
 * `createRecoveryPoint`; everything else is unverified, and can be overridden for an installation.
 * https://github.com/cloudops/cloudmc-api-docs, https://github.com/cloud-ca/go-cloudca
 */
export const profileSchema = z.strictObject({
  createSnapshotOn: z
    .enum(["snapshots", "volume"])
    .default("snapshots")
    .describe(
      "Where a volume snapshot is created: on the collection of snapshots, or as an operation of the volume. Both are documented.",
    ),
  snapshotCreatedField: z
    .string()
    .min(1)
    .default("creationDate")
    .describe("The field of a snapshot with the time of its creation. Not documented."),
  longestName: z
    .int()
    .min(60)
    .max(1024)
    .default(255)
    .describe("Characters of a snapshot's name. Not documented; The CloudStack below it allows 255."),
  recoveryPointEntity: z
    .string()
    .min(1)
    .default("recoverypoints")
    .describe("The collection of recovery points. Not documented."),
  recoveryPointFilter: z
    .string()
    .min(1)
    .default("instance_id")
    .describe("The query parameter that selects an instance's recovery points. Not documented."),
  createRecoveryPointOperation: z
    .string()
    .min(1)
    .default("createRecoveryPoint")
    .describe("The operation of an instance that takes one, as go-cloudca has it."),
  revertOperation: z
    .string()
    .min(1)
    .default("revert")
    .describe("The operation of a recovery point that reverts to it. Not documented."),
  createTemplateOperation: z
    .string()
    .min(1)
    .default("createTemplate")
    .describe("The operation of a snapshot that creates a template. Not documented."),
  createVolumeOperation: z
    .string()
    .min(1)
    .default("createVolume")
    .describe("The operation of a snapshot that creates a data volume. Not documented."),
  templateEntity: z.string().min(1).default("templates").describe("The collection of templates. Not documented."),
  memoryField: z.string().min(1).default("memory").describe('The flag for "keep memory". Not documented.'),
  typeField: z.string().min(1).default("type").describe("The field that shows what was saved. Not documented."),
  memoryType: z
    .string()
    .min(1)
    .default("DiskAndMemory")
    .describe("The value of that field if memory was saved. Not documented."),
  diskType: z
    .string()
    .min(1)
    .default("Disk")
    .describe("The value of that field if only disks were saved. Not documented."),
});

export type Profile = z.infer<typeof profileSchema>;

/** What has not been verified with a real CloudMC. */
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
} as const satisfies Record<SnapshotKind, readonly string[]>;

export function unverified(kind: SnapshotKind): string[] {
  return UNVERIFIED[kind].map((what) => `Not verified with a real CloudMC: ${what}. See the connection's profile.`);
}
