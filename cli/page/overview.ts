import { bytes } from "../../provider/resources";
import type { Judgement } from "../judgement";
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
export function tilesOf(found: Judgement): Tile[] {
  const { sizeBytes, oldestSeconds } = found;
  const alarm = (value: number, style: string) => (value > 0 ? style : "");
  const tiles: Tile[] = [
    {
      value: found.snapshots.toLocaleString("en"),
      text: `${found.snapshots === 1 ? "snapshot" : "snapshots"} on ${found.vmsWithSnapshots} of ${count(found.vms, "VM")}`,
      style: "",
    },
    ...(sizeBytes === undefined ? [] : [{ value: bytes(sizeBytes), text: "on disk", style: "" }]),
    ...(oldestSeconds === undefined ? [] : [{ value: span(oldestSeconds), text: "oldest", style: "" }]),
    { value: found.expired.toLocaleString("en"), text: "expired", style: alarm(found.expired, "warning") },
    { value: found.old.toLocaleString("en"), text: "too old", style: alarm(found.old, "warning") },
    { value: found.foreign.toLocaleString("en"), text: "foreign", style: "" },
    {
      value: String(found.consolidationNeeded),
      text: found.consolidationNeeded === 1 ? "VM to consolidate" : "VMs to consolidate",
      style: alarm(found.consolidationNeeded, "warning"),
    },
    {
      value: found.deep.toLocaleString("en"),
      text: found.deep === 1 ? "VM with a long chain" : "VMs with long chains",
      style: alarm(found.deep, "warning"),
    },
  ];
  return [...tiles.filter(({ style }) => style !== ""), ...tiles.filter(({ style }) => style === "")];
}
