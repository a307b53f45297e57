import { type ErrorKind, SnapstateError } from "../../core/errors";
import { QmpError } from "./client/qmp";

/** QEMU uses one class for nearly all errors, so only their texts distinguish them. Seen on QEMU 7.2. */
const RULES: readonly [RegExp, ErrorKind, string?][] = [
  [/does not exist in one or more devices/, "not-found"],
  [/already exists in one or more devices/, "conflict", "Use another name for the snapshot"],
  [/No space left on device|disk full/i, "quota", "Free space on the storage of the VM's disks"],
  // QEMU 7.2 reports any failed write as an input/output error.
  [
    /Error while writing VM state/,
    "task-failed",
    "Check that the storage of the VM's disks is not full: a save needs as much space as the VM's RAM",
  ],
  [/Job ID '.*' already in use|is in use|Failed to get .* lock|is busy/, "busy"],
  [/disk-only snapshot/, "conflict", "Power the VM off, then revert"],
  [/does not support (internal )?snapshots/, "unsupported", "Every writable disk must be qcow2 without overlays"],
  [/migration|State blocked/i, "conflict", "A device of the VM cannot be saved, or another save is in progress"],
];

/** QEMU's refusal as a SnapstateError. */
export function qemuError(said: string, operation: string, taskId?: string, cause?: unknown): SnapstateError {
  const rule = RULES.find(([words]) => words.test(said));
  const [, kind, hint] = rule ?? [undefined, "task-failed" as const];
  const code = cause instanceof QmpError ? cause.qmpClass : undefined;
  return new SnapstateError({ kind, operation, detail: said, hint, code, taskId });
}

/** Runs work with a monitor; QEMU's refusals become SnapstateErrors. */
export async function wrapErrors<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QmpError) throw qemuError(error.desc, operation, undefined, error);
    if (error instanceof SnapstateError && error.operation !== operation) throw error.during(operation);
    throw error;
  }
}
