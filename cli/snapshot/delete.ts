import { asSnapstateError, SnapstateError } from "../../provider/core/errors";
import type { SnapshotInfo } from "../../provider/resources";
import { deleteAllSnapshots } from "../../provider/resources/snapshot/delete-all";
import { removeSnapshot } from "../../provider/resources/snapshot/remove";
import { confirmed, confirmedByName } from "../confirm";
import { type ExitCode, exitCode } from "../exit-codes";
import { count, safe } from "../output/text";
import type { Session } from "../session";
import { type ActOptions, choose, openSubject, type Subject } from "./act";

export interface DeleteOptions extends ActOptions {
  all?: boolean;
  confirm?: string;
  includeHeld?: boolean;
  children?: boolean;
  keepDisks?: boolean;
}

/**
 * Deletes snapshots like the delete of their resources: by id, waiting while the VM is busy, observing after a lost
 * reply.
 */
export async function remove(
  session: Session,
  target: string,
  wanted: readonly string[],
  options: DeleteOptions,
): Promise<ExitCode> {
  refuseUnclear(target, wanted, options);
  const subject = await openSubject(session, target, options);
  const selected = options.all ? subject.vm.snapshots : [...new Set(wanted.map((one) => choose(subject, one)))];
  refuseHeld(subject, selected, options);
  const number = (value: number) => `${count(value, "snapshot")} of ${safe(subject.label)}`;
  const place = { connection: subject.connection, targetId: subject.vm.targetId, targetName: subject.vm.targetName };
  const result = {
    dryRun: options.dryRun ?? false,
    ...place,
    snapshots: selected.map(({ id, name }) => ({ id, name })),
  };
  if (selected.length === 0) {
    session.show({ ...result, removed: 0 }, () => `${safe(subject.label)} has no snapshots`);
    return exitCode.ok;
  }
  for (const one of selected) session.warn(describe(one, options.dryRun ? "would delete" : "delete"));
  const goOn = options.all
    ? await confirmedByName(session, subject.vm.targetName, "Nothing removed", options)
    : await confirmed(session, `Delete ${number(selected.length)}?`, "Nothing removed", options);
  if (!goOn) {
    if (options.dryRun) session.show({ ...result, removed: 0 }, () => `would delete ${number(selected.length)}`);
    return exitCode.ok;
  }
  if (options.all) {
    const gone = await deleteAllSnapshots(subject.kind, place, options.includeHeld ?? false, subject.context);
    session.show({ ...result, removed: gone.length }, () => `deleted ${number(gone.length)}`);
    return exitCode.ok;
  }
  const failed = await deleteEach(subject, selected, options);
  const removed = selected.length - failed.length;
  session.show({ ...result, removed, failures: failed }, () => `deleted ${number(removed)}`);
  for (const { message } of failed) session.warn(`not deleted: ${message}`);
  return failed.length > 0 ? exitCode.unknown : exitCode.ok;
}

/** One by one, children before parents; a failure does not stop the others. */
async function deleteEach(subject: Subject, selected: readonly SnapshotInfo[], options: DeleteOptions) {
  const { connection, vm, kind, context } = subject;
  const failed: { id: string; kind: string; message: string }[] = [];
  for (const { id, name } of [...selected].sort((a, b) => b.depth - a.depth)) {
    const how = { removeChildren: options.children ?? false, consolidate: !options.keepDisks };
    const place = { connection, targetId: vm.targetId, targetName: vm.targetName, snapshotId: id, name };
    try {
      await removeSnapshot(kind, place, context, how);
    } catch (error) {
      const failure = asSnapstateError(error, `delete ${name}`);
      failed.push({ id, kind: failure.kind, message: failure.message });
    }
  }
  return failed;
}

/** `--children` deletes descendants too, so their holds count. */
function refuseHeld({ vm, label }: Subject, selected: readonly SnapshotInfo[], options: DeleteOptions): void {
  if (options.includeHeld) return;
  const going = new Set(selected.map(({ id }) => id));
  // Parents come before children.
  if (options.children) for (const { id, parentId } of vm.snapshots) if (going.has(parentId)) going.add(id);
  const held = vm.snapshots.filter(({ id, hold }) => hold && going.has(id));
  if (held.length === 0) return;
  throw new SnapstateError({
    kind: "held",
    operation: `delete snapshots of VM ${label}`,
    detail: `on hold: ${held.map(({ id, name }) => `${JSON.stringify(name)} (${id})`).join(", ")}`,
    hint: "Clear the hold with `snapstate snapshot edit --no-hold`, or use --include-held",
  });
}

function refuseUnclear(target: string, wanted: readonly string[], options: DeleteOptions): void {
  const operation = `delete snapshots of VM ${target}`;
  if (options.all && wanted.length > 0) {
    throw new SnapstateError({ kind: "bad-input", operation, detail: "both snapshots and --all were given" });
  }
  if (options.all && (options.children || options.keepDisks)) {
    throw new SnapstateError({
      kind: "bad-input",
      operation,
      detail: "--all excludes --children and --keep-disks",
    });
  }
  if (!options.all && wanted.length === 0) {
    throw new SnapstateError({
      kind: "bad-input",
      operation,
      detail: "no snapshot was given",
      hint: "List one, or use --all",
    });
  }
}

function describe({ id, name, managed, hold, createdAt }: SnapshotInfo, verb: string): string {
  return `${verb} ${JSON.stringify(name)} (${id}, ${createdAt || "of an unknown time"}, ${managed ? "managed" : "foreign"}${hold ? ", on hold" : ""})`;
}
