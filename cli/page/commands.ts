import type { SnapshotKind } from "../../provider/platforms/contract";
import type { ReportedSnapshot, ReportedTarget } from "../../provider/resources";
import { printId } from "../../provider/resources/shared/ids";
import { decide } from "../prune/plan";

/** A command for a shell, with what it does. */
export type LabelledCommand = readonly [label: string, command: string];

const RESOURCE = {
  snapshot: { pulumi: "Snapshot", terraform: "snapstate_snapshot" },
  "recovery-point": { pulumi: "RecoveryPoint", terraform: "snapstate_recovery_point" },
} as const;

const BY_EXPIRY = { foreign: false, held: false, series: false };

/** Next steps for one snapshot: what has expired can be pruned, and what no resource manages can be imported. */
export function commandsOf(target: ReportedTarget, snapshot: ReportedSnapshot, kind: SnapshotKind): LabelledCommand[] {
  const commands: LabelledCommand[] = [];
  if (decide(snapshot, BY_EXPIRY).prune) {
    const options = `-c ${quoted(target.connection)}${kind === "snapshot" ? "" : ` --kind ${kind}`} --dry-run`;
    const { targetId } = target;
    const vm = `${targetId.startsWith("-") ? "-- " : ""}${quoted(targetId)}`;
    const label = "List what has expired on this VM; with --yes in place of --dry-run, remove it";
    commands.push([label, `npx snapstate prune ${options} ${vm}`]);
  }
  if (!snapshot.managed && snapshot.failed === undefined) {
    const { connection, targetId } = target;
    const id = quoted(printId({ connection, target: targetId, snapshot: snapshot.id }));
    const { pulumi, terraform } = RESOURCE[kind];
    const name = resourceName(snapshot.name);
    commands.push(["Manage it with Pulumi", `pulumi import snapstate:index:${pulumi} ${name} ${id}`]);
    commands.push(["Manage it with OpenTofu", `tofu import ${terraform}.${name} ${id}`]);
  }
  return commands;
}

/** A name that Pulumi, OpenTofu and a shell all accept. */
function resourceName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return /^[a-z]/.test(plain) ? plain : `snapshot${plain === "" ? "" : `-${plain}`}`;
}

/** One argument for a POSIX shell. Platforms and users choose these texts. */
function quoted(text: string): string {
  return /^[\w./:@%~+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
