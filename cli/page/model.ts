import { bytes, type ReportedSnapshot, type ReportedTarget, type SnapshotReport } from "../../provider/resources";
import { rows } from "../draw/lanes";
import { laneAt, railPath, railWidth } from "../draw/rails";
import { type Judgement, judge, summary } from "../judgement";
import { describeSnapshot, totalSize } from "../output/describe";
import { targetLabel } from "../output/target-label";
import { count, due, safe, span } from "../output/text";
import { type AgeBand, bandOf, bandsOf } from "./ages";
import { type Filter, filtersOf, type Tile, tilesOf } from "./overview";

/** Pixels of a row, as tree.css has it. */
export const ROW = 34;
/** A fleet with more snapshots than this begins with its VMs closed, so that it opens at once. */
const MAX_SNAPSHOTS_OPEN = 200;

export interface Badge {
  text: string;
  style: "ok" | "plain" | "held" | "warning" | "critical";
  title: string;
}

export interface PageRow {
  /** Place in the data of the page's script; absent on "you are here". */
  index?: number;
  level: number;
  place: number;
  siblings: number;
  path: string;
  dotX: number;
  style: "managed" | "foreign" | "here";
  name: string;
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
  name: string;
  folder: string;
  id: string;
  connection: string;
  power: string;
  snapshots: string;
  oldest: string;
  size: string;
  badges: Badge[];
  /** What its snapshots are found to be, for while they are not shown. */
  sums: Badge[];
  rows: PageRow[];
  railWidth: number;
  open: boolean;
  /** To sort by. */
  order: { oldest: number; size: number; findings: number; snapshots: number };
}

/** One snapshot's whole facts, which the page's script shows on request. */
export type Detail = readonly (readonly [label: string, text: string])[];

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

/** Everything that the page says, as texts; the template adds no thought of its own. */
export function pageModel(report: SnapshotReport): PageModel {
  const now = Date.parse(report.generatedAt);
  const judgement = judge(report);
  const details: Detail[] = [];
  const open = judgement.snapshots <= MAX_SNAPSHOTS_OPEN;
  const connections = [...new Set(report.targets.map(({ connection }) => connection))];
  const vms = report.targets.map((target, index) => vmOf(target, index, now, open, details));
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
    tiles: tilesOf(judgement),
    ages: bandsOf(report),
    details,
  };
}

function vmOf(target: ReportedTarget, index: number, now: number, open: boolean, details: Detail[]): PageVm {
  const { snapshots } = target;
  const all = rows(snapshots);
  const path = targetLabel(target);
  const name = target.targetName || path;
  const size = totalSize(snapshots);
  const oldest = snapshots.reduce((most, { ageSeconds }) => Math.max(most, ageSeconds ?? 0), 0);
  return {
    index,
    name: safe(name),
    folder: safe(path.endsWith(name) ? path.slice(0, path.length - name.length) : ""),
    id: safe(target.targetId),
    connection: safe(target.connection),
    power:
      target.powerState === "on" ? "" : target.powerState === "unknown" ? "" : (powerWords[target.powerState] ?? ""),
    snapshots: snapshots.length === 0 ? "no snapshots" : count(snapshots.length, "snapshot"),
    oldest: oldest === 0 ? "" : span(oldest),
    size: size === undefined ? "" : bytes(size),
    badges: target.findings.map(({ code, severity, message }) => ({
      text: code === "deep" ? `${target.chainDepth} deep` : code.replaceAll("-", " "),
      style: severity,
      title: message,
    })),
    sums: sumsOf(snapshots),
    rows: all.map((row) => {
      const { snapshot } = row;
      const drawn = { path: railPath(row, ROW), dotX: laneAt(row.lane), level: row.level + 1 };
      const { place, siblings } = row;
      if (snapshot === undefined) return { ...HERE, ...drawn, place, siblings };
      details.push(detailOf(target, snapshot, now));
      return { ...rowOf(snapshot, now, target), ...drawn, place, siblings, index: details.length - 1 };
    }),
    railWidth: railWidth(all),
    open: open && snapshots.length > 0,
    order: {
      oldest,
      size: size ?? 0,
      findings: [...target.findings, ...snapshots.flatMap(({ findings }) => findings)].length,
      snapshots: snapshots.length,
    },
  };
}

function sumsOf(snapshots: readonly ReportedSnapshot[]): Badge[] {
  return (["expired", "old", "large"] as const).flatMap((code) => {
    const found = snapshots.flatMap(({ findings }) => findings.filter((finding) => finding.code === code));
    if (found.length === 0) return [];
    const observation = found.some(({ severity }) => severity === "critical") ? "critical" : "warning";
    return [
      { text: `${found.length} ${code}`, style: observation, title: `${count(found.length, "snapshot")}: ${code}` },
    ];
  });
}

const powerWords: Record<string, string> = { off: "powered off", suspended: "suspended" };

const HERE = {
  style: "here",
  name: "You are here",
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
      ? { text: "managed", style: "ok", title: "a snapstate resource manages it" }
      : { text: "foreign", style: "plain", title: "no snapstate resource manages it" },
    ...(hold ? [{ text: "held", style: "held", title: "on hold: it is kept on purpose" } as const] : []),
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
    name: safe(snapshot.name) || "(no name)",
    age,
    size,
    expires,
    expired: snapshot.expired,
    consistency,
    badges,
    flags: [...new Set(flags.filter(Boolean))].join(" "),
  } as const;
}

function detailOf(target: ReportedTarget, snapshot: ReportedSnapshot, now: number): Detail {
  const parent = target.snapshots.find(({ id }) => id === snapshot.parentId);
  const time = (iso: string) => iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  const { age, size } = describeSnapshot(snapshot, now);
  const pairs: [string, string][] = [
    ["Name", safe(snapshot.name) || "(no name)"],
    ["Description", snapshot.description.split("\n").map(safe).join("\n")],
    ["Virtual machine", safe(targetLabel(target))],
    ["Findings", snapshot.findings.map(({ message }) => message).join("\n")],
    ["Taken", `${time(snapshot.createdAt)}${age === "" ? "" : ` (${age} ago)`}`],
    [
      "Expires",
      snapshot.expiresAt === undefined ? "never" : `${time(snapshot.expiresAt)} (${due(snapshot.expiresAt, now)})`,
    ],
    ["Owner", snapshot.managed ? "managed by a snapstate resource" : "foreign: no snapstate resource manages it"],
    ["Series", snapshot.series === undefined ? "" : safe(snapshot.series)],
    ["Hold", snapshot.hold ? "on hold" : ""],
    ["Size", size],
    ["Consistency", snapshot.consistency],
    ["Power state", snapshot.consistency === "memory" ? snapshot.powerState : ""],
    ["Depth", String(snapshot.depth)],
    ["Parent", parent ? safe(parent.name) || parent.id : ""],
    ["Id", safe(snapshot.id)],
    ["Connection", safe(target.connection)],
  ];
  return pairs.filter(([, text]) => text !== "");
}
