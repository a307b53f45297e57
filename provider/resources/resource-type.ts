/** The name of a resource's type. Alone in its file, since the published declarations name it. */
export type ResourceType =
  | "Snapshot"
  | "RecoveryPoint"
  | "ConsolidationTask"
  | "Restore"
  | "SnapshotPolicy"
  | "SnapshotOption"
  | "Template"
  | "Volume";
