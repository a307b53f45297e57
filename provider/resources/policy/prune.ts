import { asSnapstateError } from "../../core/errors";
import type { TargetState } from "../../platforms/contract";
import { type Context, timeOf } from "../shared/lifecycle";
import { removeSnapshot } from "../snapshot/remove";
import { type Job, memberOf, planFor } from "./series";

/** One snapshot that a run kept or removed, as an output. */
export interface Verdict {
  targetId: string;
  id: string;
  name: string;
  createdAt: string;
  reasons: string[];
}

/**
 * Removes the snapshots that the rules no longer keep. Called only after every VM of the group has its new snapshot. A
 * failed removal is reported and left to the next run: the group itself is complete.
 */
export async function prune(
  job: Job,
  states: TargetState[],
  context: Context,
): Promise<{ kept: Verdict[]; pruned: Verdict[]; unpruned?: true }> {
  const now = timeOf(context);
  let failed = false;
  const perTarget = await Promise.all(
    states.map(async (state) => {
      const kept: Verdict[] = [];
      const pruned: Verdict[] = [];
      const targetId = state.target.id;
      const ours = new Set(memberOf(job, state).snapshots.map(({ id }) => id));
      // Oldest first, so that an interrupted run leaves the more useful ones.
      for (const { id, keep, reasons, snapshot } of planFor(job, state, now, false).reverse()) {
        if (!ours.has(id) || snapshot === undefined) continue;
        const verdict = { targetId, id, name: snapshot.name, createdAt: snapshot.createdAt, reasons };
        const gone = !keep && (await removed(job, verdict, context));
        if (gone) pruned.unshift(verdict);
        else kept.unshift(verdict);
        failed ||= !keep && !gone;
      }
      return { kept, pruned };
    }),
  );
  return {
    kept: perTarget.flatMap(({ kept }) => kept),
    pruned: perTarget.flatMap(({ pruned }) => pruned),
    ...(failed ? { unpruned: true } : {}),
  };
}

async function removed(job: Job, verdict: Verdict, context: Context): Promise<boolean> {
  try {
    await removeOne(job, verdict.targetId, verdict, context);
    job.call.report({ message: `pruned ${verdict.name} (${verdict.id}): ${verdict.reasons.join(", ")}` });
    return true;
  } catch (error) {
    const { message } = asSnapstateError(error, `prune ${verdict.name}`);
    job.call.report({ message: `${message} The next run tries again.`, severity: "warning" });
    return false;
  }
}

/** Removes one snapshot of the series. */
export async function removeOne(
  job: Job,
  targetId: string,
  { id, name }: { id: string; name: string },
  context: Context,
): Promise<void> {
  const { kind, connection, timeouts } = job.inputs;
  const place = { connection, installation: job.installation, targetId, snapshotId: id, name, timeouts };
  await removeSnapshot(kind, place, context);
}

/**
 * If the platform's limit is reached and the program allows it: removes the oldest of the series before the new one is
 * taken.
 */
export async function pruneToMakeRoom(job: Job, marker: string, context: Context): Promise<void> {
  const { inputs, driver, targets, call } = job;
  const most = driver.maxSnapshots?.(inputs.kind);
  if (!inputs.pruneFirst || inputs.hold || most === undefined) return;
  await Promise.all(
    targets.map(async ({ id }) => {
      const state = await driver.inspect(inputs.kind, id, call);
      if (state.snapshots.some((snapshot) => snapshot.ownership?.marker === marker)) return;
      const free = memberOf(job, state)
        .snapshots.filter(({ held }) => !held)
        .reverse();
      for (const one of free.slice(0, Math.max(0, state.snapshots.length - most + 1))) {
        call.report({ message: `removing ${one.name} (${one.id}) to make room`, severity: "warning" });
        await removeOne(job, id, one, context);
      }
    }),
  );
}
