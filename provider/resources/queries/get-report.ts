import { type Duration, milliseconds } from "../../core/durations";
import { asSnapstateError, SnapstateError } from "../../core/errors";
import type { Driver, SnapshotKind, Target } from "../../platforms/contract";
import { describeTarget, selectorOf, type TargetInput } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { type Context, timeOf } from "../shared/lifecycle";
import { type SnapshotsOfTarget, snapshotsOf } from "./get-snapshots";
import { snapshotFindings, targetFindings } from "./report-findings";
import { type ReportLimits, reportLimits } from "./report-limits";
import type { ReportedTarget, ReportFailure, SnapshotReport } from "./results";

export type { ReportedSnapshot, ReportedTarget, ReportFailure, SnapshotReport } from "./results";

export interface ReportArgs {
  connection: string;
  /** VMs to report on. @default all that the connection's user may see */
  targets?: TargetInput[];
  kind?: SnapshotKind;
  limits?: Partial<ReportLimits>;
  /** @default "10m" */
  timeout?: Duration;
}

/** The errors behind failures: a report is plain data, and has their kinds and messages only. */
const causes = new WeakMap<ReportFailure, SnapstateError>();

/** The error behind a failure of a report that this process has made. */
export function causeOf(failure: ReportFailure): SnapstateError | undefined {
  return causes.get(failure);
}

/** Targets read in one batch: a driver needs few calls for it. */
const BATCH_SIZE = 500;

/**
 * The snapshots of a fleet with findings. Changes nothing. A VM that cannot be read becomes a failure in the report and
 * does not stop the others.
 *
 * @param onRead called with the number of VMs read, and their total
 */
export async function getSnapshotReport(
  args: ReportArgs,
  context: Context,
  onRead: (read: number, total: number) => void = () => {},
): Promise<SnapshotReport> {
  const now = timeOf(context);
  const report: SnapshotReport = {
    generatedAt: new Date(now).toISOString(),
    limits: reportLimits(args.limits),
    targets: [],
    failures: [],
  };
  const fail = (error: unknown, operation: string, target?: string) => {
    const cause = asSnapstateError(error, operation);
    const { kind, message } = cause;
    const failure = { connection: args.connection, ...(target === undefined ? {} : { target }), kind, message };
    causes.set(failure, cause);
    report.failures.push(failure);
  };
  const limited = { ...context, timeout: milliseconds(args.timeout ?? "10m") };
  const kind = args.kind ?? "snapshot";
  let wanted: (TargetInput | Target)[];
  let driver: Driver;
  try {
    driver = context.driver(args.connection);
    wanted = args.targets ?? (await listAll(driver, args.connection, kind, limited, fail));
  } catch (error) {
    fail(error, `report on connection ${JSON.stringify(args.connection)}`);
    return report;
  }
  const seen = new Set<string>();
  let read = 0;
  for (let first = 0; first < wanted.length; first += BATCH_SIZE) {
    const batch = wanted.slice(first, first + BATCH_SIZE).map(async (one) => {
      const name = isTarget(one) ? (one.path ?? one.name) : selectorOf(one).value;
      try {
        const found = await readTarget(driver, kind, one, limited);
        // A VM that is selected in two ways is reported once.
        if (!seen.has(found.targetId)) report.targets.push(judge(found, args.connection, report.limits, now));
        seen.add(found.targetId);
      } catch (error) {
        fail(error, `read ${name}`, name);
      }
      onRead(++read, wanted.length);
    });
    await Promise.all(batch);
  }
  report.targets.sort((a, b) => compare(a.targetPath || a.targetName, b.targetPath || b.targetName));
  return report;
}

type Read = SnapshotsOfTarget & { powerState: string };

async function listAll(
  driver: Driver,
  connection: string,
  kind: SnapshotKind,
  context: Context,
  fail: (error: unknown, operation: string, target: string) => void,
): Promise<Target[]> {
  const operation = `list the VMs of connection ${JSON.stringify(connection)}`;
  if (driver.listTargets === undefined) {
    throw new SnapstateError({
      kind: "unsupported",
      operation,
      detail: `${driver.platform} cannot list its VMs`,
      hint: "Set the VMs to report on",
    });
  }
  const call = beginOperation("read", { read: timeoutOf(context) }, operation, context);
  return driver.listTargets(kind, call, (member, error) => fail(error, `read ${member}`, member));
}

async function readTarget(
  driver: Driver,
  kind: SnapshotKind,
  wanted: TargetInput | Target,
  context: Context,
): Promise<Read> {
  const name = isTarget(wanted) ? `VM ${wanted.path ?? wanted.name}` : describeTarget(wanted);
  const call = beginOperation("read", { read: timeoutOf(context) }, `list the snapshots of ${name}`, context);
  const target = isTarget(wanted) ? wanted : await driver.findTarget(kind, selectorOf(wanted), call);
  const state = await driver.inspect(kind, target.id, call);
  return { ...snapshotsOf(state, target), powerState: state.powerState };
}

function judge({ snapshots, ...target }: Read, connection: string, limits: ReportLimits, now: number): ReportedTarget {
  const chainDepth = snapshots.find(({ isCurrent }) => isCurrent)?.depth ?? 0;
  return {
    connection,
    ...target,
    chainDepth,
    findings: targetFindings(target, chainDepth, limits),
    snapshots: snapshots.map((snapshot) => {
      const age = now - Date.parse(snapshot.createdAt);
      const ageSeconds = Number.isNaN(age) ? undefined : Math.max(0, Math.floor(age / 1000));
      const expired = snapshot.expiresAt !== undefined && Date.parse(snapshot.expiresAt) <= now;
      return {
        ...snapshot,
        ...(ageSeconds === undefined ? {} : { ageSeconds }),
        expired,
        findings: snapshotFindings({ ...snapshot, ageSeconds, expired }, limits),
      };
    }),
  };
}

/** Whether the driver listed it, so that it needs no lookup. */
function isTarget(wanted: TargetInput | Target): wanted is Target {
  return typeof wanted === "object" && "id" in wanted && "name" in wanted;
}

/** Seconds, from the context's milliseconds. */
function timeoutOf(context: Context): number {
  return (context.timeout ?? 0) / 1000;
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
