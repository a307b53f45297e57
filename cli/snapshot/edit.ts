import { milliseconds } from "../../provider/core/durations";
import { SnapstateError } from "../../provider/core/errors";
import type { Notes } from "../../provider/platforms/ownership";
import { inspectTarget } from "../../provider/resources/queries/get-snapshots";
import { editSnapshot, preflightEdit } from "../../provider/resources/snapshot/edit";
import { confirmed } from "../confirm";
import { type ExitCode, exitCode } from "../exit-codes";
import { safe } from "../output/text";
import type { Session } from "../session";
import { type ActOptions, choose, openSubject, reportPlan } from "./act";

export interface EditOptions extends ActOptions {
  name?: string;
  description?: string;
  /** A duration, or `off`. */
  ttl?: string;
  hold?: boolean;
}

/** Edits a snapshot in place like an update of its resource. Marker and series do not change. */
export async function edit(session: Session, target: string, wanted: string, options: EditOptions): Promise<ExitCode> {
  const subject = await openSubject(session, target, options);
  const { vm, kind, connection, context, label } = subject;
  const snapshot = choose(subject, wanted);
  const operation = `edit snapshot ${JSON.stringify(snapshot.name)} of VM ${label}`;
  const { name, description, ttl, hold } = options;
  refuseUnclear(options, snapshot.managed, operation);

  const stated = { name, description, hold, ...(ttl === undefined || ttl === "off" ? {} : { ttl }) };
  reportPlan(session, preflightEdit(kind, stated, snapshot, context.driver(connection)), operation);
  const changed = { id: snapshot.id, name, description, ttl, hold };
  if (
    !(await confirmed(
      session,
      `Edit ${JSON.stringify(safe(snapshot.name))} of ${safe(label)}?`,
      "Nothing edited",
      options,
    ))
  ) {
    if (options.dryRun)
      session.show({ dryRun: true, ...changed }, () => `would edit ${safe(snapshot.name)} of ${safe(label)}`);
    return exitCode.ok;
  }
  // Notes that are not edited keep their present values.
  const { snapshots } = await inspectTarget({ connection, target: { id: vm.targetId }, kind }, operation, context);
  const { marker, ...notes } = snapshots.find((one) => one.id === snapshot.id)?.ownership ?? {};
  const place = { connection, targetId: vm.targetId, targetName: vm.targetName, snapshotId: snapshot.id };
  const news = { name, description, marker, notes: { ...notes, ...noteEdits(options) } };
  const edited = await editSnapshot(kind, { ...place, known: snapshot.name, ...news }, context);
  if (edited === undefined) throw new SnapstateError({ kind: "not-found", operation, detail: "it no longer exists" });
  session.show(
    { dryRun: false, ...changed },
    () => `edited ${safe(name ?? snapshot.name)} (${safe(snapshot.id)}) of ${safe(label)}`,
  );
  return exitCode.ok;
}

function noteEdits({ ttl, hold }: EditOptions): Notes {
  return {
    ...(ttl === undefined
      ? {}
      : { expiresAt: undefined, ttlSeconds: ttl === "off" ? undefined : Math.ceil(milliseconds(ttl) / 1000) }),
    ...(hold === undefined ? {} : { hold: hold ? true : undefined }),
  };
}

/** @throws SnapstateError `bad-input` */
function refuseUnclear({ name, description, ttl, hold }: EditOptions, managed: boolean, operation: string): void {
  const refuse = (detail: string, hint: string) => {
    throw new SnapstateError({ kind: "bad-input", operation, detail, hint });
  };
  if ([name, description, ttl, hold].every((value) => value === undefined)) {
    refuse("no change was given", "Use --name, --description, --ttl, --hold or --no-hold");
  }
  if (!managed && (ttl !== undefined || hold !== undefined)) {
    refuse("it is foreign; only managed snapshots have expiry and hold", "Import it into a stack to manage it");
  }
}
