module.exports = require("./load")("sdk");

// Never run: by these names Node finds what an ECMAScript module may import.
0 &&
  // biome-ignore lint/suspicious/noAssignInExpressions: the form that Node reads
  (module.exports = {
    cloudstack,
    ConsolidationTask,
    checkTarget,
    getSnapshot,
    getSnapshotDownload,
    getSnapshotReport,
    getSnapshots,
    GuardedChange,
    snapshotBefore,
    knownVmTypes,
    snapshotBeforeTransform,
    ovh,
    Provider,
    RecoveryPoint,
    Restore,
    Snapshot,
    SnapshotPolicy,
  });
