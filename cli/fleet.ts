import { getSnapshotReport, type ReportLimits, type SnapshotReport } from "../provider/resources";
import type { CommonOptions } from "./options";
import type { Session } from "./session";

export interface FleetOptions extends CommonOptions {
  connection?: string[];
  exclude?: string[];
  excludeSnapshot?: string[];
}

/** One report on all requested connections, without exclusions. */
export async function readFleet(
  session: Session,
  targets: readonly string[],
  options: FleetOptions,
  limits: Partial<ReportLimits> = {},
): Promise<SnapshotReport> {
  const { kind, timeout } = options;
  const context = session.context();
  const reports = await Promise.all(
    session
      .connections(options.connection ?? [])
      .map((connection) =>
        getSnapshotReport(
          { connection, kind, timeout, limits, ...(targets.length > 0 ? { targets: [...targets] } : {}) },
          context,
          (read, total) => session.progress.update(connection, read, total),
        ),
      ),
  );
  const merged = merge(reports, targets.length > 0 && reports.length > 1);
  return exclude(merged, options.exclude ?? [], options.excludeSnapshot ?? []);
}

/**
 * @param anywhere the VMs were given without a connection, so one is missing only if no connection has it
 */
function merge(reports: readonly SnapshotReport[], anywhere: boolean): SnapshotReport {
  const [first] = reports as [SnapshotReport, ...SnapshotReport[]];
  const failures = reports.flatMap((report) => report.failures);
  const missing = (target: string | undefined) =>
    failures.filter((failure) => failure.target === target && failure.kind === "not-found").length;
  return {
    ...first,
    targets: reports.flatMap((report) => report.targets),
    failures: failures.filter(
      ({ kind, target }) => !anywhere || kind !== "not-found" || missing(target) === reports.length,
    ),
  };
}

function exclude(report: SnapshotReport, vms: readonly string[], names: readonly string[]): SnapshotReport {
  const leaveOut = vms.map(pattern);
  const leaveOutNames = names.map(pattern);
  const targets = report.targets
    .filter((vm) => !leaveOut.some((one) => one.test(vm.targetPath) || one.test(vm.targetName)))
    .map((vm) => ({ ...vm, snapshots: vm.snapshots.map((one) => quiet(one, leaveOutNames)) }));
  return { ...report, targets };
}

/** An excluded snapshot remains in its tree, since others descend from it, but has no findings. */
function quiet<S extends SnapshotReport["targets"][number]["snapshots"][number]>(one: S, names: RegExp[]): S {
  return names.some((name) => name.test(one.name)) ? { ...one, findings: [] } : one;
}

/** A shell pattern: `*` is any text, `?` any character, all else literal. */
export function pattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "is");
}
