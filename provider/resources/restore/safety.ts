import { asSnapstateError } from "../../errors";
import type { Point, TargetState } from "../../hypervisors/contract";
import type { Context, Values } from "../core/lifecycle";
import { tryAgainWhileBusy } from "../core/try-again";
import { createUnowned } from "../point/unowned";
import type { RestoreInputs } from "./inputs";
import { type Job, safetyMarks, type View } from "./look";

/** Where the platform takes none of disks only now, as CloudStack on KVM beside a snapshot with memory, the memory is included unasked. */
export function needsMemory({ safetyMemory }: RestoreInputs, { powerState, blockers }: TargetState): boolean {
  return powerState === "on" && (safetyMemory || blockers.some(({ blocks }) => blocks === "disks"));
}

/** Whether there is room for one more snapshot. */
export function canKeep(
  { inputs, hypervisor, mark }: Pick<Job, "inputs" | "hypervisor" | "mark">,
  { state, safeties }: View,
): boolean {
  const most = hypervisor.maxPoints(inputs.kind);
  const room = most === undefined || state.points.length < most;
  return room && hypervisor.supports(inputs.kind, "create").supported && freeMark(mark, safeties) !== undefined;
}

/** The marker after the last one that is in use. */
function freeMark(mark: string, safeties: Point[]): string | undefined {
  const last = safeties.at(-1);
  const marks = safetyMarks(mark);
  return marks[last === undefined ? 0 : marks.indexOf(last.ownership?.marker ?? "") + 1];
}

/**
 * Takes away what earlier runs kept before a revert that was never made: the VM went on from there, and the newest
 * safety snapshot, below them, holds all of it.
 */
export async function dropStale(job: Job, stale: Point[]): Promise<void> {
  const { inputs, hypervisor, target, call } = job;
  for (const { id } of stale) {
    const ref = { targetId: target.id, pointId: id };
    const remove = () => hypervisor.removePoint(inputs.kind, ref, { removeChildren: false, consolidate: true }, call);
    await tryAgainWhileBusy(call, remove).catch((error: unknown) => {
      const { message } = asSnapstateError(error, `remove the outdated safety snapshot ${id}`);
      call.report({ message, severity: "warning" });
    });
  }
}

/** Keeps the current state in a snapshot, exactly once: an interrupted run's is found by its marker. */
export async function takeSafety(job: Job, values: Values, view: View, source: Point, context: Context): Promise<void> {
  const { inputs, hypervisor, target, mark } = job;
  const description = `The state before the revert to ${JSON.stringify(source.name)} (${source.id})`;
  const marker = freeMark(mark, view.safeties) ?? "";
  const memory = needsMemory(inputs, view.state);
  const given = {
    connection: inputs.connection,
    target: { id: target.id },
    // Some platforms want names that no other snapshot of the VM has.
    name: `before-restore-${marker.slice(0, 8)}`,
    ...(hypervisor.supports(inputs.kind, "description").supported ? { description } : {}),
    marker,
    timeouts: values.timeouts,
    ...(inputs.kind === "snapshot" ? { memory } : { consistency: memory ? "memory" : "crash" }),
  };
  job.call.report({ message: "taking a safety snapshot of the current state" });
  await createUnowned(inputs.kind, given, context);
}
