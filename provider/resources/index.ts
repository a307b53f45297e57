import { consolidationTask } from "./consolidation";
import { template, volume } from "./derived";
import { snapshotPolicy } from "./policy";
import type { ResourceType } from "./resource-type";
import { restore } from "./restore";
import type { Lifecycle } from "./shared/lifecycle";
import { recoveryPoint, snapshot } from "./snapshot";
import { snapshotOption } from "./subscription";

/** Every resource's lifecycle, by the name of its type. */
export const lifecycles = {
  Snapshot: snapshot,
  RecoveryPoint: recoveryPoint,
  ConsolidationTask: consolidationTask,
  Restore: restore,
  SnapshotPolicy: snapshotPolicy,
  SnapshotOption: snapshotOption,
  Template: template,
  Volume: volume,
} as const satisfies Record<ResourceType, Lifecycle>;

export { cancelSource } from "../core/operation";
export { closeGuard, type GuardArgs, type GuardNews, openGuard, revertGuard } from "./guard";
export { type QueryName, queries } from "./queries";
export { checkTarget, type TargetReadiness } from "./queries/check-target";
export { type DownloadArgs, getSnapshotDownload, type SnapshotDownload } from "./queries/get-download";
export {
  causeOf,
  getSnapshotReport,
  type ReportArgs,
  type ReportedSnapshot,
  type ReportedTarget,
  type ReportFailure,
  type SnapshotReport,
} from "./queries/get-report";
export { getSnapshot } from "./queries/get-snapshot";
export { getSnapshots, type QueryArgs, type SnapshotInfo, type SnapshotsOfTarget } from "./queries/get-snapshots";
export type { Query } from "./queries/query";
export { bytes, type FindingCode, type ReportFinding } from "./queries/report-findings";
export { defaultReportLimits, type ReportLimits, secondsOf } from "./queries/report-limits";
export type { ResourceType } from "./resource-type";
export {
  type CheckFailure,
  type Context,
  type Created,
  type DiffResult,
  type Lifecycle,
  PartialStateError,
  type Values,
} from "./shared/lifecycle";
export { ProcessMemory } from "./shared/memory";
export {
  type Change,
  checkOf,
  diffOf,
  type Plan,
  type Prior,
  plannedOutputs,
  planUpdate,
  type Refusal,
} from "./shared/plan";
