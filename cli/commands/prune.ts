import type { Command } from "commander";
import { asSnapstateError, SnapstateError } from "../../provider/core/errors";
import { type ExitCode, exitCode } from "../exit-codes";
import { type FleetOptions, readFleet } from "../fleet";
import { duration } from "../options";
import { table } from "../output/table";
import { count, middle, safe, span } from "../output/text";
import { type Candidate, type PruneRule, plan } from "../prune/plan";
import { remove } from "../prune/remove";
import type { Session } from "../session";
import type { Done } from "./done";
import { fleetOptions } from "./report";

interface Options extends FleetOptions {
  all?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  olderThan?: number;
  includeForeign?: boolean;
  includeHeld?: boolean;
  includeSeries?: boolean;
}

export function addPrune(program: Command, session: Session, done: Done): void {
  const command = program
    .command("prune")
    .description("Removes expired snapshots that snapstate manages. By default keeps foreign and held ones.")
    .argument("[targets...]", "VMs");
  fleetOptions(command)
    .option("--all", "all VMs that the connection's user may see")
    .option("--dry-run", "show what would be removed and kept; remove nothing")
    .option("--yes", "remove; without it and --dry-run nothing is done")
    .option("--older-than <duration>", "select by age instead of expiry", duration)
    .option("--include-foreign", "also unmanaged snapshots; requires --older-than")
    .option("--include-held", "also snapshots on hold")
    .option("--include-series", "also those of a SnapshotPolicy, which prunes its own; requires --older-than")
    .action(async (targets: string[], options: Options) => {
      refuseUnclear(targets, options);
      await session.begin(options);
      const report = await readFleet(session, targets, options);
      const candidates = plan(report, ruleOf(options), options.excludeSnapshot ?? []);
      const selected = candidates.filter(({ prune }) => prune);
      if (session.isForPeople) session.print(printed(candidates, options));
      const failed = options.dryRun ? [] : await removeAll(session, selected, options);
      const removed = options.dryRun ? 0 : selected.length - failed.length;
      const results = candidates.map((one) => ({
        ...one,
        ...failed.find(({ id, targetId }) => id === one.id && targetId === one.targetId),
      }));
      const data = { dryRun: options.dryRun ?? false, removed, candidates: results, failures: report.failures };
      if (!session.isForPeople) session.show(data, () => "");
      else if (!options.dryRun) session.print(`${count(removed, "snapshot")} removed`);
      for (const { message } of report.failures) session.warn(`not read: ${message}`);
      for (const { error } of failed) session.warn(`not removed: ${error}`);
      done(failed.length + report.failures.length > 0 ? exitCode.unknown : (exitCode.ok as ExitCode));
    });
}

/** @throws SnapstateError `bad-input` */
function refuseUnclear(targets: readonly string[], options: Options): void {
  const refuse = (detail: string, hint: string) => {
    throw new SnapstateError({ kind: "bad-input", operation: "prune snapshots", detail, hint });
  };
  if (!options.dryRun && !options.yes) {
    throw new SnapstateError({ kind: "bad-input", operation: "Nothing removed", detail: "pass --dry-run or --yes" });
  }
  if (options.dryRun && options.yes) refuse("--dry-run and --yes exclude each other", "Use one of them");
  if (targets.length === 0 && !options.all) refuse("no VM was given", "List VMs, or use --all");
  if (targets.length > 0 && options.all) refuse("both VMs and --all were given", "Use one of them");
  if (options.olderThan === undefined && options.includeForeign) {
    refuse("foreign snapshots have no expiry", "Use --older-than with --include-foreign");
  }
  if (options.olderThan === undefined && options.includeSeries) {
    refuse("snapshots of a SnapshotPolicy have no expiry", "Use --older-than with --include-series");
  }
}

function ruleOf(options: Options): PruneRule {
  return {
    olderThanSeconds: options.olderThan,
    foreign: options.includeForeign ?? false,
    held: options.includeHeld ?? false,
    series: options.includeSeries ?? false,
  };
}

/** Snapshots of one VM are removed one by one; a failure on one does not stop the others. */
async function removeAll(session: Session, selected: readonly Candidate[], options: Options) {
  const failed: { id: string; targetId: string; error: string }[] = [];
  const byVm = new Map<string, Candidate[]>();
  for (const one of selected) {
    const key = `${one.connection}/${one.targetId}`;
    byVm.set(key, [...(byVm.get(key) ?? []), one]);
  }
  const queue = [...byVm.values()];
  const work = async () => {
    for (let vm = queue.shift(); vm; vm = queue.shift()) {
      for (const one of vm) {
        try {
          await remove(one, ruleOf(options), options.kind, session.context(true));
        } catch (error) {
          const { message } = asSnapstateError(error, `remove ${one.name}`);
          failed.push({ id: one.id, targetId: one.targetId, error: message });
        }
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return failed;
}

/** Shortens times in a reason to minutes, for the table. */
const SECONDS = /T(\d\d:\d\d):[\d.]+Z/;

/** Fits into 100 columns: ids are in the other formats only. */
function printed(candidates: readonly Candidate[], { dryRun }: Options): string {
  if (candidates.length === 0) return "no snapshots";
  const rows = candidates.map((one) => [
    one.prune ? (dryRun ? "would remove" : "remove") : "keep",
    middle(safe(one.vm), 24),
    middle(safe(one.name), 20),
    one.ageSeconds === undefined ? "" : span(one.ageSeconds),
    middle(safe(one.reason.replace(SECONDS, " $1Z")), 29),
  ]);
  return table(["", "VM", "SNAPSHOT", "AGE", "WHY"], rows);
}
