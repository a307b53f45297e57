import { SnapstateError } from "../../provider/core/errors";
import type { SnapshotKind } from "../../provider/platforms/contract";
import { type Context, getSnapshots, type SnapshotInfo, type SnapshotsOfTarget } from "../../provider/resources";
import { UnfinishedError } from "../../provider/resources/shared/lifecycle";
import type { Finding } from "../../provider/resources/shared/preflight";
import type { ConfirmOptions } from "../confirm";
import type { CommonOptions } from "../options";
import { targetLabel } from "../output/target-label";
import type { Session } from "../session";

export interface ActOptions extends CommonOptions, ConfirmOptions {
  connection?: string;
}

/** One VM and the operation of a command. */
export interface Subject {
  connection: string;
  kind: SnapshotKind;
  vm: SnapshotsOfTarget;
  /** For messages. */
  label: string;
  context: Context;
}

/** Opens the connection and reads the VM. @throws SnapstateError when no VM or several match */
export async function openSubject(session: Session, target: string, options: ActOptions): Promise<Subject> {
  await session.begin(options);
  const connection = session.connection(options.connection);
  const context = { ...session.context(true), timeout: options.timeout * 1000 };
  const vm = await getSnapshots({ connection, target, kind: options.kind }, context);
  // A change has the resource's own time limits; --timeout is for reading.
  return { connection, kind: options.kind, vm, label: targetLabel(vm), context: session.context(true) };
}

/** The snapshot with that id or name. @throws SnapstateError `not-found`, or `ambiguous` with all ids */
export function choose({ vm, label }: Subject, wanted: string): SnapshotInfo {
  const byId = vm.snapshots.find(({ id }) => id === wanted);
  const named = byId === undefined ? vm.snapshots.filter(({ name }) => name === wanted) : [byId];
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  const operation = `find snapshot ${JSON.stringify(wanted)} of VM ${label}`;
  const list = (all: readonly SnapshotInfo[]) =>
    all.map(({ id, name }) => `${JSON.stringify(name)} (${id})`).join(", ");
  if (named.length > 1) {
    const detail = `${named.length} snapshots have that name: ${list(named)}`;
    throw new SnapstateError({ kind: "ambiguous", operation, detail, hint: "Use one of these ids" });
  }
  const detail = vm.snapshots.length === 0 ? "it has no snapshots" : `it has ${list(vm.snapshots)}`;
  throw new SnapstateError({ kind: "not-found", operation, detail });
}

/** Prints warnings. @throws SnapstateError with every refusal, when there is one */
export function reportPlan(session: Session, findings: readonly Finding[], operation: string): void {
  for (const { severity, message } of findings) if (severity === "warning") session.warn(`warning: ${message}`);
  const refusals = findings.filter(({ severity }) => severity === "refusal");
  const [first] = refusals;
  if (first === undefined) return;
  const detail = refusals.map(({ property = "target", message }) => `${property}: ${message}`).join("; ");
  throw new SnapstateError({ kind: first.kind ?? "guard", operation, detail, hint: "Nothing was changed" });
}

/** Unfinished work of the platform is an error here: no state can record it. */
export async function failOnPartialState<T>(work: () => Promise<T>, hint: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnfinishedError)) throw error;
    const cause = error.cause instanceof SnapstateError ? error.cause : undefined;
    throw new SnapstateError({
      kind: cause?.kind ?? "task-failed",
      operation: cause?.operation ?? "wait for the platform",
      detail: cause?.detail ?? error.reasons.join(" "),
      taskId: cause?.taskId,
      requestId: cause?.requestId,
      hint,
      cause: error,
    });
  }
}
