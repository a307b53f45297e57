import { type Input, type InvokeOptions, type Output, output, runtime, secret } from "@pulumi/pulumi";
import { tokenOf } from "../provider/adapters/plugin/tokens";
import {
  type Context,
  checkTarget as checkTargetNow,
  getSnapshotDownload as getSnapshotDownloadNow,
  getSnapshot as getSnapshotNow,
  getSnapshotReport as getSnapshotReportNow,
  getSnapshots as getSnapshotsNow,
  type QueryArgs,
  type QueryName,
} from "../provider/resources";
import type {
  ReportLimits,
  SnapshotDownload,
  SnapshotInfo,
  SnapshotReport,
  SnapshotsOfTarget,
  TargetReadiness,
} from "../provider/resources/queries/results";
import { adapterOf } from "./adapter";
import type { NamedTarget } from "./args";
import { configuredConnections, inProgram } from "./in-program";
import { version } from "./version";

export type {
  ReportedSnapshot,
  ReportedTarget,
  ReportFailure,
  ReportFinding,
  ReportLimits,
  SnapshotDownload,
  SnapshotInfo,
  SnapshotReport,
  SnapshotsOfTarget,
  TargetReadiness,
} from "../provider/resources/queries/results";

/** The VM to read. */
export interface TargetArgs {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /** The VM, as in {@link SnapshotArgs.target}. */
  target: Input<string | NamedTarget>;
  /**
   * The kind: what the platform calls a snapshot, or its whole-VM restore points. On vSphere they are the same.
   * @default "snapshot"
   */
  kind?: Input<"snapshot" | "recovery-point">;
}

/** What to report on. */
export interface ReportArgs {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /**
   * The VMs, as in {@link SnapshotArgs.target}.
   * @default all that the connection's user may see, where the platform can list them
   */
  targets?: Input<Input<string | NamedTarget>[]>;
  /** @default "snapshot" */
  kind?: Input<"snapshot" | "recovery-point">;
  /** Thresholds of findings. */
  limits?: Input<Partial<ReportLimits>>;
}

/** Which snapshot of which VM. */
export interface SnapshotQueryArgs extends TargetArgs {
  /** The platform's id of the snapshot, or its name if that is unique on the VM. */
  snapshot: Input<string>;
}

/** The present tree of a VM's snapshots, managed and foreign. */
export function getSnapshots(args: TargetArgs, options?: InvokeOptions): Output<SnapshotsOfTarget> {
  return overAdapter("getSnapshots", args, options, getSnapshotsNow);
}

/** One snapshot of a VM, by the platform's id or by its name. */
export function getSnapshot(args: SnapshotQueryArgs, options?: InvokeOptions): Output<SnapshotInfo> {
  return overAdapter("getSnapshot", args, options, getSnapshotNow);
}

/**
 * Whether a VM is ready for a snapshot (tools, disks that cannot be snapshotted, chain depth), whether it needs a
 * consolidation, and what a snapshot blocks: a disk cannot be resized while one exists.
 */
export function checkTarget(args: TargetArgs, options?: InvokeOptions): Output<TargetReadiness> {
  return overAdapter("checkTarget", args, options, checkTargetNow);
}

/**
 * The snapshots of a fleet, with findings: expired, old, large, a deep chain, a needed consolidation. A VM that cannot
 * be read is in `failures` and does not stop the others. Runs in the program with either adapter.
 */
export function getSnapshotReport(args: ReportArgs = {}): Output<SnapshotReport> {
  return query(args, getSnapshotReportNow);
}

/** Which snapshot to download. */
export interface DownloadArgs {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /** The VM, as in {@link SnapshotArgs.target}. */
  target: Input<string | NamedTarget>;
  /** The platform's id of the snapshot, a resource's `platformId`, or its name. */
  snapshot: Input<string>;
}

/**
 * A URL to download a snapshot of an OVHcloud VPS, valid for a day. It is a secret and differs at each call: do not
 * store it in a resource.
 */
export function getSnapshotDownload(args: DownloadArgs): Output<SnapshotDownload> {
  return secret(query(args, getSnapshotDownloadNow));
}

/**
 * The plugin implements functions; dynamic providers have none, so with their adapter a function runs in the program.
 */
function overAdapter<T, A extends { connection: string }>(
  name: QueryName,
  args: TargetArgs,
  options: InvokeOptions | undefined,
  ask: (args: A, context: Context) => Promise<T>,
): Output<T> {
  if (adapterOf(options) === "dynamic") return query(args, ask);
  return runtime.invokeOutput<T>(tokenOf(name), { ...args }, { version, ...options });
}

function query<T, A extends { connection: string } = QueryArgs>(
  args: TargetArgs | ReportArgs | DownloadArgs,
  ask: (args: A, context: Context) => Promise<T>,
): Output<T> {
  return output(args).apply((known) =>
    inProgram(configuredConnections(), (context) =>
      ask({ ...known, connection: known.connection ?? "default" } as unknown as A, context),
    ),
  ) as Output<T>;
}
