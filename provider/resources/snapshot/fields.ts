import { z } from "zod";
import { parseDuration } from "../../core/durations";
import type { SnapshotKind } from "../../platforms/contract";
import { commonFields, durationField } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { flag, internalText, type OutputTable, stableText, texts, wholeNumber } from "../../schema/outputs";

// XML 1.0 cannot carry them, so no SOAP platform can store them (https://www.w3.org/TR/xml/#charsets).
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern to find
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const noControl = (text: string) => !CONTROL.test(text);
// An unpaired surrogate is not a character; encoders silently replace it.
const wellFormed = (text: string) => Buffer.from(text, "utf8").toString("utf8") === text;

const limitsSchema = z
  .strictObject({
    warnChainDepth: z.int().min(1).optional().describe("Chain depth above which a run warns. Default 3."),
    maxChainDepth: z.int().min(1).optional().describe("Maximum chain depth. Default 31."),
    maxAge: z.union([z.string(), z.number()]).optional().describe("Age above which a run warns. Default 72h."),
  })
  .refine((limits) => limits.maxAge === undefined || parseDuration(limits.maxAge) !== undefined, {
    error: "not a duration",
    path: ["maxAge"],
  })
  .optional();

/**
 * Default limits (Broadcom KB 318825: at most 32 in a chain, use 2 to 3, none older than 72 hours).
 */
export const defaultLimits = { warnChainDepth: 3, maxChainDepth: 31, maxAge: "72h" } as const;

const commonSnapshotFields = {
  ...commonFields,
  connection: {
    ...commonFields.connection,
    description: `${commonFields.connection.description} A change replaces, unless the new connection leads to the same VM of the same installation.`,
  },
  target: {
    ...commonFields.target,
    description: `${commonFields.target.description} A change replaces, unless it selects the same VM.`,
  },
  triggers: {
    ...commonFields.triggers,
    description:
      "Any values; a change of one of them, for example a release or a git commit, means another point in time: a new snapshot is taken and the old one removed.",
  },
  name: {
    schema: z
      .string()
      .min(1)
      .refine(noControl, "has a control character, which no platform can store")
      .refine(wellFormed, "has an unpaired surrogate, which no platform can store")
      .optional(),
    change: "update",
    known: true,
    description: "The name on the platform. Default: generated from the VM's name and the time of creation.",
  },
  description: {
    schema: z
      .string()
      .max(4000, "longer than 4000 characters")
      .refine(noControl, "has a control character, which no platform can store")
      .refine(wellFormed, "has an unpaired surrogate, which no platform can store")
      .optional(),
    change: "update",
    description:
      "The description on the platform. snapstate appends a line with its marker, and above it a line with expiry and hold, if set.",
  },
  quiesceTimeout: {
    ...durationField({
      change: "ignore",
      description: "How long quiescing the guest may take, 5 to 240 minutes (vim25 VirtualMachineGuestQuiesceSpec).",
      default: "15m",
    }),
    schema: z.union([z.string(), z.number()]).refine((value) => {
      const minutes = (parseDuration(value) ?? 0) / 60_000;
      return minutes >= 5 && minutes <= 240;
    }, "must be a duration of 5 to 240 minutes"),
  },
  removeChildren: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description: "On delete, remove the descendants too. Otherwise its children move up to its parent.",
  },
  consolidate: {
    schema: z.boolean(),
    change: "update",
    default: true,
    description:
      "On delete, merge the disks that became redundant. With `false` they remain, and the VM needs a consolidation later.",
  },
  expiresAt: {
    schema: z.iso.datetime({ offset: true, error: "not a time; write one like 2026-12-31T23:59:59Z" }).optional(),
    change: "update",
    description:
      "When the snapshot expires, ISO 8601. Expiry is reported; nothing is removed automatically. Not with `ttl`.",
  },
  ttl: durationField({
    change: "update",
    description: "Like `expiresAt`, counted from creation: `72h`, `7d`. Not with `expiresAt`.",
  }),
  hold: {
    schema: z.boolean(),
    change: "update",
    default: false,
    description:
      "While true, the snapshot is neither deleted nor replaced: set it to false in a separate update first.",
  },
  adoptExisting: {
    schema: z.boolean(),
    change: "ignore",
    default: false,
    description:
      "At creation, take over the target's existing snapshot with that `name` instead of taking a new one, if there is exactly one.",
  },
  adoptId: {
    schema: z.string().min(1).optional(),
    change: "ignore",
    description:
      "At creation, take over this existing snapshot instead of taking a new one: the platform's id, or a snapshot resource's. It must exist. Not with `adoptExisting`.",
  },
  onDestroy: {
    schema: z.enum(["delete", "retain"]),
    change: "update",
    default: "delete",
    description: "`retain` keeps the snapshot on the platform when the resource is deleted, and removes its marker.",
  },
  limits: {
    schema: limitsSchema,
    change: "update",
    description:
      "Guards: `warnChainDepth` (snapshots in a chain, default 3) and `maxAge` (default 72h) warn, `maxChainDepth` (default 31) refuses.",
  },
} satisfies FieldTable;

/** Inputs of Snapshot. */
export const snapshotFields = {
  ...commonSnapshotFields,
  memory: {
    schema: z.boolean(),
    change: "replace",
    default: false,
    description:
      'Include the VM\'s memory, so that a revert needs no reboot. Slower, and as large as the memory. Excludes `quiesce: "require"`; the VM must be running.',
  },
  quiesce: {
    schema: z.enum(["require", "prefer", "off"]),
    change: "replace",
    default: "off",
    description:
      "Quiesce the guest's file systems first. `require` fails if that is impossible, `prefer` records the downgrade in `warnings`.",
  },
} satisfies FieldTable;

/** Inputs of RecoveryPoint. */
export const recoveryPointFields = {
  ...commonSnapshotFields,
  consistency: {
    schema: z.enum(["crash", "filesystem", "memory"]),
    change: "replace",
    default: "crash",
    description:
      "The required consistency: `crash` (disks as after a power cut), `filesystem` (quiesced) or `memory` (disks and RAM). If it is not obtained, the snapshot is removed and creation fails.",
  },
} satisfies FieldTable;

export function fieldsOf(kind: SnapshotKind): FieldTable {
  return kind === "snapshot" ? snapshotFields : recoveryPointFields;
}

const desiredSchema = z.object({
  name: z.string().describe("The name."),
  named: z.boolean().describe("Whether the program gave the name; otherwise snapstate made it."),
  description: z.string().optional().describe("Absent when the program states no description."),
});

/** Outputs of both that are not inputs. */
export const commonSnapshotOutputs = {
  platform: stableText("The platform behind the connection: `vsphere`."),
  installation: internalText(
    "The platform installation's own id, so that state is never compared with another installation.",
  ),
  targetId: stableText("The platform's id of the VM."),
  targetName: "The VM's name when last read.",
  targetPath: "The VM's inventory path when last read, where the platform has one.",
  platformId: stableText("The platform's id of the snapshot."),
  createdAt: stableText("When the snapshot was taken, ISO 8601, UTC."),
  obtainedConsistency: {
    ...stableText("The consistency actually obtained: `crash`, `filesystem`, `memory` or `unknown`."),
    values: ["crash", "filesystem", "memory", "unknown"],
  },
  powerState: {
    ...stableText("Power state of the VM in the snapshot: `on`, `off`, `suspended` or `unknown`."),
    values: ["on", "off", "suspended", "unknown"],
  },
  parentId: "The platform's id of the parent snapshot; empty on a root.",
  isCurrent: flag("True when the VM's running state descends directly from this snapshot."),
  depth: wholeNumber("Snapshots from the root to this one, itself included."),
  sizeBytes: { schema: z.number().optional(), description: "Bytes on disk, where the platform reports them." },
  consolidationNeeded: flag("True when the VM has redundant disks that no snapshot uses."),
  managed: flag("True if the snapshot has this resource's marker."),
  expiresAt: {
    schema: z.string().optional(),
    follows: ["expiresAt", "ttl"],
    description: "When the snapshot expires, ISO 8601: as given, or from `ttl`.",
  },
  consumedAt: {
    schema: z.string().optional(),
    description:
      "When a revert consumed the snapshot, ISO 8601, on platforms that delete a snapshot when they revert to it. Absent while it exists.",
  },
  warnings: texts("Warnings about the snapshot: downgrades, age, chain depth, expiry."),
  claim: {
    schema: z.int().optional(),
    internal: true,
    description: "How often the snapshot had been taken over when this state was made.",
  },
  desired: {
    schema: desiredSchema,
    internal: true,
    description: "The program's name and description, to distinguish a manual change from a change of the program.",
  },
} satisfies OutputTable;
