import type { SnapshotKind } from "../../provider/platforms/contract";
import type { ReportedSnapshot, ReportedTarget } from "../../provider/resources";
import { describeSnapshot } from "../output/describe";
import { targetLabel } from "../output/target-label";
import { due, safe } from "../output/text";
import { commandsOf, type LabelledCommand } from "./commands";

/** All facts about one snapshot and its commands, which the page's script shows on request. */
export interface Detail {
  facts: (readonly [label: string, text: string])[];
  commands: LabelledCommand[];
}

export function detailOf(target: ReportedTarget, snapshot: ReportedSnapshot, now: number, kind: SnapshotKind): Detail {
  const parent = target.snapshots.find(({ id }) => id === snapshot.parentId);
  const time = (iso: string) => iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  const { age, size } = describeSnapshot(snapshot, now);
  const facts: [string, string][] = [
    ["Name", safe(snapshot.name) || "(no name)"],
    ["Description", snapshot.description.split("\n").map(safe).join("\n")],
    ["Virtual machine", safe(targetLabel(target))],
    ["Findings", snapshot.findings.map(({ message }) => message).join("\n")],
    ["Taken", `${time(snapshot.createdAt)}${age === "" ? "" : ` (${age} ago)`}`],
    [
      "Expires",
      snapshot.expiresAt === undefined ? "never" : `${time(snapshot.expiresAt)} (${due(snapshot.expiresAt, now)})`,
    ],
    ["Owner", snapshot.managed ? "managed by a snapstate resource" : "foreign: not managed by a snapstate resource"],
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
  const commands = commandsOf(target, snapshot, kind).map(([label, command]) => [label, safe(command)] as const);
  return { facts: facts.filter(([, text]) => text !== ""), commands };
}
