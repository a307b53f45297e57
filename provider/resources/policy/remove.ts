import { isSnapstateError } from "../../core/errors";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { throwIfHeld } from "../shared/hold";
import type { Context, Values } from "../shared/lifecycle";
import { type Member, type PolicyInputs, type PolicyState, policyInputs, seriesOf } from "./inputs";
import { removeOne } from "./prune";
import type { PolicyRecord } from "./run";
import { type Job, knownMarkers, memberOf } from "./series";

/** Removes the series from every VM, or keeps it, by `onDestroy`. Keeps held and foreign snapshots. */
export async function removePolicy(_id: string, state: Values, context: Context): Promise<void> {
  const inputs = policyInputs(state);
  const { members = [] } = state as PolicyState;
  throwIfHeld(inputs, `delete series ${inputs.label}`);
  if (context.takenOver === seriesOf(inputs)) {
    const message = `series ${inputs.label} is kept: a forced replacement continues it`;
    context.report({ message, severity: "warning" });
    return;
  }
  await removeSeries(members, state, context);
}

/** VMs that have left the group lose their series as if the policy had been deleted for them. */
export async function removeDepartedMembers(
  state: Values,
  { onDestroy, hold }: PolicyInputs,
  { members }: PolicyRecord,
  context: Context,
): Promise<void> {
  const staying = new Set(members.map(({ targetId }) => targetId));
  const departed = ((state as PolicyState).members ?? []).filter(({ targetId }) => !staying.has(targetId));
  if (departed.length > 0 && !hold) await removeSeries(departed, { ...state, onDestroy }, context);
}

async function removeSeries(members: Member[], state: Values, context: Context): Promise<void> {
  const inputs = policyInputs(state);
  if (inputs.onDestroy === "retain" || members.length === 0) return;
  const driver = context.driver(inputs.connection);
  const call = beginOperation("delete", inputs.timeouts, `delete series ${inputs.label}`, context);
  const installation = await sameInstallation(driver, (state as PolicyState).installation, call);
  const job: Job = { inputs, driver, installation, targets: [], known: knownMarkers(state as PolicyState), call };
  const results = await Promise.allSettled(members.map((member) => removeFrom(job, member, context)));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

async function removeFrom(job: Job, { targetId, targetName }: Member, context: Context): Promise<void> {
  try {
    const { snapshots } = memberOf(job, await job.driver.inspect(job.inputs.kind, targetId, job.call));
    for (const one of snapshots) {
      if (one.held) {
        job.call.report({
          message: `left ${one.name} (${one.id}) of VM ${targetName}: it is on hold`,
          severity: "warning",
        });
      } else await removeOne(job, targetId, one, context);
    }
  } catch (error) {
    // Deleted with its VM, which counts as success.
    if (!isSnapstateError(error, "not-found")) throw error;
  }
}
