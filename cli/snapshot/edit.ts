import { SnapstateError } from "../../provider/core/errors";
import { inspectTarget } from "../../provider/resources/queries/get-snapshots";
import { printId } from "../../provider/resources/shared/ids";
import { confirmed } from "../confirm";
import { type ExitCode, exitCode } from "../exit-codes";
import { safe } from "../output/text";
import type { Session } from "../session";
import { type ActOptions, choose, lifecycleFor, openSubject, reportPlan } from "./act";

export interface EditOptions extends ActOptions {
  name?: string;
  description?: string;
  /** A duration, or `off`. */
  ttl?: string;
  hold?: boolean;
}

/** Edits a snapshot in place as an update of its resource does. Marker and series stay as they are. */
export async function edit(session: Session, target: string, wanted: string, options: EditOptions): Promise<ExitCode> {
  const subject = await openSubject(session, target, options);
  const { vm, kind, connection, context, label } = subject;
  const snapshot = choose(subject, wanted);
  const operation = `edit snapshot ${JSON.stringify(snapshot.name)} of VM ${label}`;
  const { name, description, ttl, hold } = options;
  refuseUnclear(options, snapshot.managed, operation);

  const lifecycle = lifecycleFor(kind);
  const id = printId({ connection, target: vm.targetId, snapshot: snapshot.id });
  const read = await lifecycle.read(id, {}, context);
  if (read === undefined) throw new SnapstateError({ kind: "not-found", operation, detail: "it is gone" });
  const expiry = ttl === undefined ? {} : { expiresAt: undefined, ttl: ttl === "off" ? undefined : ttl };
  const stated = Object.entries({ name, description, hold }).filter(([, value]) => value !== undefined);
  const news = { ...read.inputs, ...expiry, ...Object.fromEntries(stated) };
  const plan = await lifecycle.plan({ id, state: read.outputs, inputs: read.inputs }, news, context);
  reportPlan(session, plan, operation);
  const changed = { id: snapshot.id, name, description, ttl, hold };
  if (
    !(await confirmed(
      session,
      `Edit ${JSON.stringify(safe(snapshot.name))} of ${safe(label)}?`,
      "Nothing edited",
      options,
    ))
  ) {
    if (options.dryRun) session.show({ dryRun: true, ...changed }, () => `would edit ${safe(snapshot.name)}`);
    return exitCode.ok;
  }
  // The series is no input of the resource, and must not be lost when its line is written anew.
  const { snapshots } = await inspectTarget({ connection, target: { id: vm.targetId }, kind }, operation, context);
  const ownership = snapshots.find((point) => point.id === snapshot.id)?.ownership;
  const kept = { marker: ownership?.marker, series: ownership?.series };
  await lifecycle.update(id, read.outputs, { ...plan.inputs, ...kept }, context);
  session.show(
    { dryRun: false, ...changed },
    () => `edited ${safe(name ?? snapshot.name)} (${safe(snapshot.id)}) of ${safe(label)}`,
  );
  return exitCode.ok;
}

/** @throws SnapstateError `bad-input` */
function refuseUnclear({ name, description, ttl, hold }: EditOptions, managed: boolean, operation: string): void {
  const refuse = (detail: string, hint: string) => {
    throw new SnapstateError({ kind: "bad-input", operation, detail, hint });
  };
  if ([name, description, ttl, hold].every((value) => value === undefined)) {
    refuse("nothing to change was given", "Give --name, --description, --ttl, --hold or --no-hold");
  }
  if (!managed && (ttl !== undefined || hold !== undefined)) {
    refuse(
      "it is foreign, and expiry and hold are kept for managed snapshots only",
      "Import it into a stack to manage it",
    );
  }
}
