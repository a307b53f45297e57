import { type Command, Option } from "commander";
import type { SnapshotReport } from "../../provider/resources";
import { type ExitCode, exitCode } from "../exit-codes";
import { type FleetOptions, readFleet } from "../fleet";
import { type Judgement, judge, performanceData, summary } from "../judgement";
import { collect, commonOptions, type LimitOptions, limits, limitsOf } from "../options";
import { colours } from "../output/colours";
import { coloured, describeSnapshot } from "../output/describe";
import { table } from "../output/table";
import { targetLabel } from "../output/target-label";
import { safe } from "../output/text";
import { addPictures, type PictureOptions, writePictures } from "../pictures";
import type { Session } from "../session";
import type { Done } from "./done";

interface Options extends FleetOptions, LimitOptions, PictureOptions {
  oneLine?: boolean;
  all?: boolean;
  failOn: "never" | "critical" | "warning";
}

export function fleetOptions(command: Command): Command {
  return commonOptions(command)
    .option("-c, --connection <name>", "connection; repeatable (default: all configured ones)", collect)
    .option("--exclude <pattern>", "exclude VMs of this path or name, with * and ?; repeatable", collect)
    .option("--exclude-snapshot <pattern>", "report no findings for snapshots of this name; repeatable", collect);
}

export function addReport(program: Command, session: Session, done: Done): void {
  const command = program
    .command("report")
    .description("The snapshots of a fleet with findings: age, size, depth, expiry, consolidation.")
    .argument("[targets...]", "VMs (default: all that the connection's user may see)");
  limits(addPictures(fleetOptions(command)))
    .option("--all", "list every snapshot, also those without findings")
    .option("--one-line", "print only the summary, with performance data, for monitoring")
    .addOption(
      new Option("--fail-on <severity>", "lowest severity with an exit code other than 0")
        .choices(["warning", "critical", "never"])
        .default("warning"),
    )
    .action(async (targets: string[], options: Options) => {
      await session.begin(options);
      const report = await readFleet(session, targets, options, limitsOf(options));
      const found = judge(report);
      const drawn = await writePictures(session, report, options);
      if (!session.isForPeople) session.show({ ...found, ...report }, () => "");
      else if (options.oneLine) session.print(`${summary(found)} | ${performanceData(found)}`);
      else if (drawn === "files") session.print(summary(found));
      else if (drawn === "nothing") session.print(printed(report, found, options.all ?? false));
      for (const { message } of report.failures) session.warn(`not read: ${message}`);
      done(ended(found, options.failOn));
    });
}

/** A VM that was not read is always an error: it may be unhealthy. */
function ended({ code }: Judgement, failOn: Options["failOn"]): ExitCode {
  if (code === exitCode.unknown || failOn === "warning") return code;
  return failOn === "critical" && code === exitCode.critical ? code : exitCode.ok;
}

function printed(report: SnapshotReport, found: Judgement, all: boolean): string {
  const now = Date.parse(report.generatedAt);
  const hasManyConnections = new Set(report.targets.map(({ connection }) => connection)).size > 1;
  const lines = report.targets.flatMap((target) => {
    const shown = target.snapshots.filter((one) => all || one.findings.length > 0);
    const vm = safe(targetLabel(target));
    const own = target.findings.length > 0 && shown.length === 0;
    return [...shown, ...(own ? [undefined] : [])].map((snapshot, index) => {
      const name = index === 0 ? vm : "";
      const where = index === 0 && hasManyConnections ? safe(target.connection) : "";
      const vmFindings = index === 0 ? target.findings : [];
      if (snapshot === undefined) return [name, where, "", "", "", "", "", "", codes(vmFindings)];
      const { age, size, expires, owner } = describeSnapshot(snapshot, now);
      const findings = codes([...snapshot.findings, ...vmFindings]);
      return [name, where, safe(snapshot.name), age, size, String(snapshot.depth), expires, owner, findings];
    });
  });
  const head = ["VM", "CONNECTION", "SNAPSHOT", "AGE", "SIZE", "DEPTH", "EXPIRES", "OWNER", "FINDINGS"];
  const paint = { ok: colours.green, warning: colours.yellow, critical: colours.red, unknown: colours.magenta };
  const first = colours.bold(paint[found.status](summary(found)));
  return lines.length === 0 ? first : `${first}\n\n${table(head, lines)}`;
}

function codes(findings: SnapshotReport["targets"][number]["findings"]): string {
  return coloured(findings.map(({ code }) => code).join(", "), findings);
}
