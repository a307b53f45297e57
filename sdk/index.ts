export type { Adapter } from "./adapter";
export type { Duration, NamedTarget } from "./args";
export * as cloudstack from "./cloudstack";
export { ConsolidationTask, type ConsolidationTaskArgs } from "./consolidation-task";
export {
  checkTarget,
  type DownloadArgs,
  getSnapshot,
  getSnapshotDownload,
  getSnapshotReport,
  getSnapshots,
  type ReportArgs,
  type ReportedSnapshot,
  type ReportedTarget,
  type ReportFailure,
  type ReportFinding,
  type ReportLimits,
  type SnapshotDownload,
  type SnapshotInfo,
  type SnapshotQueryArgs,
  type SnapshotReport,
  type SnapshotsOfTarget,
  type TargetArgs,
  type TargetReadiness,
} from "./functions";
export { GuardedChange, type GuardedChangeArgs } from "./guard/guarded-change";
export { type ChangedResource, type GuardTarget, type SnapshotBeforeOptions, snapshotBefore } from "./guard/hooks";
export { knownVmTypes, type SnapshotBeforeTransformOptions, snapshotBeforeTransform } from "./guard/transform";
export * as ovh from "./ovh";
export { Provider, type ProviderArgs } from "./provider";
export { RecoveryPoint, type RecoveryPointArgs } from "./recovery-point";
export { Restore, type RestoreArgs } from "./restore";
export { Snapshot, type SnapshotArgs, type SnapshotOutputs } from "./snapshot";
export { SnapshotPolicy, type SnapshotPolicyArgs } from "./snapshot-policy";
