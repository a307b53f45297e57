import type { SnapshotKind } from "../../provider/platforms/contract";
import { bytes, type ReportedSnapshot, type ReportedTarget, type SnapshotReport } from "../../provider/resources";
import { rows } from "../draw/lanes";
import { laneAt, railPath, railWidth } from "../draw/rails";
import { type Judgement, judge, summary } from "../judgement";
import { describeSnapshot, severityOf, totalSize } from "../output/describe";
import { targetLabel } from "../output/target-label";
import { count, safe, span } from "../output/text";
import { type AgeBand, bandOf, bandsOf } from "./ages";
import { type Detail, detailOf } from "./details";
import { type Filter, filtersOf, type Tile, tilesOf } from "./overview";

/** Pixels of a row, as in tree.css. */
export const ROW = 34;
/** A fleet with more snapshots than this starts with its VMs collapsed, so that it opens fast. */
const MAX_SNAPSHOTS_OPEN = 200;

export interface Badge {
  text: string;
  style: "ok" | "plain" | "held" | "warning" | "critical";
  title: string;
}

export interface PageRow {
  /** Index in the data of the page's script; absent on "you are here". */
  index?: number;
  level: number;
  place: number;
  siblings: number;
  path: string;
  dotX: number;
  style: "managed" | "foreign" | "here";
  name: SplitName;
  age: string;
  size: string;
  expires: string;
  expired: boolean;
  consistency: string;
  badges: Badge[];
  /** Words to filter by. */
  flags: string;
}

export interface PageVm {
  index: number;
  name: SplitName;
  folder: string;
  connection: string;
  power: string;
  snapshots: string;
  oldest: string;
  size: string;
  badges: Badge[];
  rows: PageRow[];
  railWidth: number;
  open: boolean;
  /** To sort by. */
  order: { problems: number; path: number; oldest: number; size: number; snapshots: number };
}

/** A name in two parts: where there is no room for all of it, the end of the first part is cut, so that both ends stay. */
export interface SplitName {
  start: string;
  end: string;
}

export interface PageModel {
  judgement: Judgement;
  summary: string;
  generatedAt: string;
  connections: string[];
  vms: PageVm[];
  several: boolean;
  failures: { where: string; message: string }[];
  filters: Filter[];
  tiles: Tile[];
  ages: AgeBand[];
  details: Detail[];
}

/** All texts of the page; the template has no logic. */
export function pageModel(report: SnapshotReport, kind: SnapshotKind): PageModel {
  const now = Date.parse(report.generatedAt);
  const judgement = judge(report);
  const details: Detail[] = [];
  const open = judgement.snapshots <= MAX_SNAPSHOTS_OPEN;
  const connections = [...new Set(report.targets.map(({ connection }) => connection))];
  const vms = report.targets
    .map((target, path) => ({ target, path, problems: problemsOf(target) }))
    .sort((one, other) => other.problems - one.problems || one.path - other.path)
    .map((place, index) => vmOf(place, index, { now, open, kind }, details));
  return {
    judgement,
    summary: summary(judgement),
    generatedAt: report.generatedAt,
    connections,
    vms,
    several: connections.length > 1,
    failures: report.failures.map(({ connection, target, message }) => ({
      where: safe([connection, target].filter(Boolean).join(" · ")),
      message: safe(message),
    })),
    filters: filtersOf(
      judgement,
      vms.flatMap((vm) => vm.rows.map(({ flags }) => flags)),
    ),
    tiles: tilesOf(report, judgement),
    ages: bandsOf(report),
    details,
  };
}

/** Critical findings of a VM and its snapshots count more than any number of warnings. */
function problemsOf({ findings, snapshots }: ReportedTarget): number {
  const all = [...findings, ...snapshots.flatMap((snapshot) => snapshot.findings)];
  return all.reduce((sum, { severity }) => sum + (severity === "critical" ? 1_000_000 : 1), 0);
}

function vmOf(
  { target, path: place, problems }: { target: ReportedTarget; path: number; problems: number },
  index: number,
  { now, open, kind }: { now: number; open: boolean; kind: SnapshotKind },
  details: Detail[],
): PageVm {
  const { snapshots } = target;
  const all = rows(snapshots);
  const path = targetLabel(target);
  const name = target.targetName || path;
  const size = totalSize(snapshots);
  const oldest = snapshots.reduce((most, { ageSeconds }) => Math.max(most, ageSeconds ?? 0), 0);
  return {
    index,
    name: splitName(safe(name)),
    folder: safe(path.endsWith(name) ? path.slice(0, path.length - name.length) : ""),
    connection: safe(target.connection),
    power:
      target.powerState === "on" ? "" : target.powerState === "unknown" ? "" : (powerWords[target.powerState] ?? ""),
    snapshots: snapshots.length === 0 ? "no snapshots" : count(snapshots.length, "snapshot"),
    oldest: oldest === 0 ? "" : span(oldest),
    size: size === undefined ? "" : bytes(size),
    badges: badgesOf(target),
    rows: all.map((row) => {
      const { snapshot } = row;
      const drawn = { path: railPath(row, ROW), dotX: laneAt(row.lane), level: row.level + 1 };
      const { place, siblings } = row;
      if (snapshot === undefined) return { ...HERE, ...drawn, place, siblings };
      details.push(detailOf(target, snapshot, now, kind));
      return { ...rowOf(snapshot, now, target), ...drawn, place, siblings, index: details.length - 1 };
    }),
    railWidth: railWidth(all),
    open: open && snapshots.length > 0,
    // Sorted in descending order.
    order: { problems, path: -place, oldest, size: size ?? 0, snapshots: snapshots.length },
  };
}

/** The VM's own findings and the sums of its snapshots'; never empty. */
function badgesOf(target: ReportedTarget): Badge[] {
  const own = target.findings.map(
    ({ code, severity, message }): Badge => ({
      text: code === "deep" ? `${target.chainDepth}-snapshot chain` : code.replaceAll("-", " "),
      style: severity,
      title: message,
    }),
  );
  const badges = [...own, ...sumsOf(target.snapshots)];
  return badges.length > 0 ? badges : [{ text: "ok", style: "ok", title: "no findings" }];
}

/** Characters at the end of a long name that always show. */
const END = 7;

function splitName(name: string): SplitName {
  const characters = [...name];
  if (characters.length < 2 * END) return { start: name, end: "" };
  return { start: characters.slice(0, -END).join(""), end: characters.slice(-END).join("") };
}

function sumsOf(snapshots: readonly ReportedSnapshot[]): Badge[] {
  return (["unusable", "expired", "old", "large", "caveat", "foreign"] as const).flatMap((code) => {
    const found = snapshots.flatMap(({ findings }) => findings.filter((finding) => finding.code === code));
    const style = severityOf(found);
    if (style === undefined) return [];
    return [{ text: `${found.length} ${code}`, style, title: `${count(found.length, "snapshot")}: ${code}` }];
  });
}

const powerWords: Record<string, string> = { off: "powered off", suspended: "suspended" };

const HERE = {
  style: "here",
  name: { start: "You are here", end: "" },
  age: "",
  size: "",
  expires: "",
  expired: false,
  consistency: "",
  badges: [] as Badge[],
  flags: "",
} as const;

function rowOf(snapshot: ReportedSnapshot, now: number, target: ReportedTarget) {
  const { age, size, expires, consistency } = describeSnapshot(snapshot, now);
  const { managed, hold, findings } = snapshot;
  const badges: Badge[] = [
    managed
      ? { text: "managed", style: "ok", title: "managed by a snapstate resource" }
      : { text: "foreign", style: "plain", title: "not managed by a snapstate resource" },
    ...(hold ? [{ text: "held", style: "held", title: "on hold: kept on purpose" } as const] : []),
    ...findings
      .filter(({ code }) => code !== "foreign")
      .map(({ code, severity, message }) => ({ text: code, style: severity, title: message })),
  ];
  const flags = [
    managed ? "managed" : "foreign",
    hold ? "held" : "",
    ...findings.map(({ code }) => code),
    findings.length > 0 || target.findings.length > 0 ? "attention" : "",
    ...target.findings.map(({ code }) => code),
    bandOf(snapshot),
  ];
  return {
    style: managed ? "managed" : "foreign",
    name: splitName(safe(snapshot.name) || "(no name)"),
    age,
    size,
    expires,
    expired: snapshot.expired,
    consistency,
    badges,
    flags: [...new Set(flags.filter(Boolean))].join(" "),
  } as const;
}
