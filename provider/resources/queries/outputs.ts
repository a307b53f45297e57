import { z } from "zod";
import { flag, type OutputTable, texts, wholeNumber } from "../../schema/outputs";
import type { TargetReadiness } from "./check-target";
import type { SnapshotInfo, SnapshotsOfTarget } from "./get-snapshots";

/** Requires a table entry for every property of the interface, so that the two stay in step. */
type Complete<T> = { readonly [Name in keyof Required<T>]: OutputTable[string] };

const snapshotInfo = z.object({
  id: z.string().describe("The platform's id."),
  name: z.string().describe("The name on the platform."),
  description: z.string().describe("The description, without snapstate's marker."),
  createdAt: z.string().describe("When it was taken, ISO 8601, UTC; empty where the platform does not report it."),
  parentId: z.string().describe("The platform's id of the parent snapshot; empty on a root."),
  isCurrent: z.boolean().describe("True when the VM's running state descends directly from it."),
  depth: z.int().describe("Snapshots from the root to this one, itself included."),
  consistency: z.string().describe("`crash`, `filesystem`, `memory` or `unknown`."),
  powerState: z.string().describe("Power state of the VM in the snapshot: `on`, `off`, `suspended` or `unknown`."),
  sizeBytes: z.number().optional().describe("Bytes on disk, where the platform reports them."),
  failed: z.string().optional().describe("Why it cannot be used, from the platform; absent on a usable one."),
  caveats: z
    .array(z.string())
    .optional()
    .describe("Limitations of a revert to it: disks that it does not cover, images above it."),
  managed: z.boolean().describe("Whether it has the marker of a snapstate resource; otherwise it is foreign."),
  expiresAt: z.string().optional().describe("When it expires, ISO 8601, as noted by its resource."),
  hold: z.boolean().describe("On hold, as noted by its resource."),
}) satisfies z.ZodType<SnapshotInfo>;

export const snapshotInfoOutputs: OutputTable = Object.fromEntries(
  Object.entries(snapshotInfo.shape).map(([name, schema]) => [name, { schema, description: schema.description ?? "" }]),
);

export const snapshotsOutputs: Complete<SnapshotsOfTarget> = {
  targetId: "The platform's id of the VM.",
  targetName: "The VM's name.",
  targetPath: "The VM's inventory path; empty where the platform has none.",
  consolidationNeeded: flag("True when the VM has redundant disks that no snapshot uses."),
  unexplainedDisks: texts(
    "Disks on delta files of no snapshot, although the platform reports no need for consolidation.",
  ),
  snapshots: { schema: z.array(snapshotInfo), description: "Every snapshot, parents before children." },
};

const finding = z.object({
  severity: z.enum(["warning", "refusal"]).describe("A create is refused because of a `refusal`."),
  message: z.string().describe("The finding."),
  about: z
    .enum(["memory", "quiesce"])
    .optional()
    .describe("The kind of snapshot it concerns: `memory` or `quiesce`; absent if it concerns all kinds."),
});

export const readinessOutputs: Complete<TargetReadiness> = {
  targetId: "The platform's id of the VM.",
  targetName: "The VM's name.",
  powerState: "Power state of the VM now: `on`, `off`, `suspended` or `unknown`.",
  ready: flag("A crash-consistent snapshot can be taken now."),
  memoryReady: flag("A snapshot with memory can be taken now."),
  quiesceReady: {
    schema: z.boolean().optional(),
    description: "A quiesced snapshot can be taken now; absent if the API does not report it.",
  },
  chainDepth: wholeNumber("Snapshots from the root to the current one."),
  consolidationNeeded: flag("True when the VM has redundant disks that no snapshot uses."),
  resizeBlocked: flag("The platform refuses to resize the VM's disks while snapshots exist."),
  advice: texts("Manual checks for what the platform's API does not report."),
  findings: { schema: z.array(finding), description: "What blocks a snapshot, and other findings." },
};
