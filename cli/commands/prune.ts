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
    .description("Removes expired snapshots that snapstate manages. Never foreign ones or held ones, unless asked.")
    .argument("[targets...]", "VMs");
  fleetOptions(command)
    .option("--all", "all VMs that the connection's user may see")
    .option("--dry-run", "say what would be removed and what kept, and remove nothing")
    .option("--yes", "remove; without it or --dry-run nothing is done")
    .option("--older-than <duration>", "choose by age instead of by expiry", duration)
    .option("--include-foreign", "also snapshots that no snapstate resource manages; needs --older-than")
    .option("--include-held", "also snapshots on hold")
    .option("--include-series", "also those of a SnapshotPolicy, which prunes its own; needs --older-than")
    .action(async (targets: string[], options: Options) => {
      refuseUnclear(targets, options);
      await session.begin(options);
      const report = await readFleet(session, targets, options);
      const candidates = plan(report, ruleOf(options), options.excludeSnapshot ?? []);
      const chosen = candidates.filter(({ prune }) => prune);
      if (session.isForPeople) session.print(printed(candidates, options));
      const failed = options.dryRun ? [] : await removeAll(session, chosen, options);
      const removed = options.dryRun ? 0 : chosen.length - failed.length;
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
  if (options.dryRun && options.yes) refuse("--dry-run and --yes exclude each other", "Give one of them");
  if (targets.length === 0 && !options.all) refuse("no VM was named", "Name VMs, or give --all");
  if (targets.length > 0 && options.all) refuse("VMs were named, and --all was given", "Give one or the other");
  if (options.olderThan === undefined && options.includeForeign) {
    refuse("foreign snapshots have no expiry", "Give --older-than with --include-foreign");
  }
  if (options.olderThan === undefined && options.includeSeries) {
    refuse("snapshots of a SnapshotPolicy have no expiry", "Give --older-than with --include-series");
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

/** Snapshots of one VM go one after the other; a failure on one does not stop the others. */
async function removeAll(session: Session, chosen: readonly Candidate[], options: Options) {
  const failed: { id: string; targetId: string; error: string }[] = [];
  const byVm = new Map<string, Candidate[]>();
  for (const one of chosen) {
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

/** The time of day in a reason, which the table shows to the minute. */
const SECONDS = /T(\d\d:\d\d):[\d.]+Z/;

/** Within 100 columns: the ids are in the other formats. */
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
