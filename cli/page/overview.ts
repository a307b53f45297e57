import { bytes, type FindingCode, type SnapshotReport } from "../../provider/resources";
import type { Judgement } from "../judgement";
import { severityOf } from "../output/describe";
import { count, span } from "../output/text";

export interface Filter {
  /** Empty for all. */
  flag: string;
  text: string;
  count: number;
}

export interface Tile {
  value: string;
  text: string;
  style: string;
}

/** Filters that count VMs and not snapshots. */
const OF_VMS: ReadonlySet<string> = new Set(["deep", "consolidation-needed"]);

/** The page's filters. @param flags of every snapshot */
export function filtersOf(found: Judgement, flags: readonly string[]): Filter[] {
  const counts = new Map<string, number>([
    ["deep", found.deep],
    ["consolidation-needed", found.consolidationNeeded],
  ]);
  for (const words of flags) {
    for (const flag of words.split(" ")) if (!OF_VMS.has(flag)) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  }
  const having = (flag: string) => counts.get(flag) ?? 0;
  const wanted: [string, string][] = [
    ["attention", "Needs attention"],
    ["expired", "Expired"],
    ["old", "Old"],
    ["large", "Large"],
    ["deep", "VMs with long chains"],
    ["consolidation-needed", "VMs to consolidate"],
    ["foreign", "Foreign"],
    ["managed", "Managed"],
    ["held", "Held"],
  ];
  const some = wanted.map(([flag, text]) => ({ flag, text, count: having(flag) })).filter(({ count }) => count > 0);
  return [{ flag: "", text: "All", count: found.snapshots }, ...some];
}

/** The numbers at the top of the page, problems first. */
export function tilesOf(report: SnapshotReport, found: Judgement): Tile[] {
  const { sizeBytes, oldestSeconds, failures } = found;
  const number = (value: number) => value.toLocaleString("en");
  const findings = report.targets.flatMap((vm) => [...vm.findings, ...vm.snapshots.flatMap((one) => one.findings)]);
  const styleOf = (code: FindingCode) => severityOf(findings.filter((one) => one.code === code)) ?? "";
  const having = (code: FindingCode, text: string, value: number, always = false): Tile[] =>
    value > 0 || always ? [{ value: number(value), text, style: styleOf(code) }] : [];
  const vms = (value: number) => (value === 1 ? "VM" : "VMs");
  const unexplained = report.targets.filter((vm) =>
    vm.findings.some(({ code }) => code === "unexplained-disks"),
  ).length;
  const { deep, consolidationNeeded } = found;
  const tiles: Tile[] = [
    {
      value: number(found.snapshots),
      text: `${found.snapshots === 1 ? "snapshot" : "snapshots"} on ${found.vmsWithSnapshots} of ${count(found.vms, "VM")}`,
      style: "",
    },
    ...(sizeBytes === undefined ? [] : [{ value: bytes(sizeBytes), text: "on disk", style: "" }]),
    ...(oldestSeconds === undefined ? [] : [{ value: span(oldestSeconds), text: "oldest", style: "" }]),
    ...(failures > 0 ? [{ value: number(failures), text: "not read", style: "unknown" }] : []),
    ...having("unusable", "unusable", found.unusable),
    ...having("expired", "expired", found.expired, true),
    ...having("old", "too old", found.old, true),
    ...having("large", "too large", found.large),
    ...having("deep", `${vms(deep)} with a long chain`, deep, true),
    ...having("consolidation-needed", `${vms(consolidationNeeded)} to consolidate`, consolidationNeeded, true),
    ...having("unexplained-disks", `${vms(unexplained)} with unexplained disks`, unexplained),
    ...having("foreign", "foreign", found.foreign, true),
  ];
  const rank = ({ style }: Tile) => ["unknown", "critical", "warning", ""].indexOf(style);
  return tiles.sort((a, b) => rank(a) - rank(b));
}
