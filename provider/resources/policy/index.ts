import { isSnapstateError, SnapstateError } from "../../errors";
import { ownerOf } from "../core/check-parts";
import { diffFields } from "../core/fields";
import type { Context, DiffResult, Lifecycle, ReadResult, Values } from "../core/lifecycle";
import { sameInstallation } from "../core/operation";
import { throwRefusals, warningsOfFindings } from "../core/preflight";
import { hasUnknown } from "../core/unknown";
import { checkPolicy } from "./check";
import { policyFields, policyOutputs } from "./fields";
import { forecast } from "./forecast";
import { dueNow, type Member, type PolicyState, policyInputs } from "./inputs";
import { dropLeavers, removePolicy } from "./remove";
import { readCall, runPolicy } from "./run";
import { knownMarkers, memberOf } from "./series";

/** A labelled series of snapshots on a group of VMs, with retention. */
export const snapshotPolicy: Lifecycle = {
  type: "SnapshotPolicy",
  description: "A labelled series of snapshots on a group of VMs, with retention. Prunes only what it made.",
  fields: policyFields,
  outputs: policyOutputs,
  check: checkPolicy,
  diff,
  create: (inputs, context) => runPolicy(inputs, undefined, "create", context),
  read,
  update: async (_id, state, news, context) => {
    const { outputs } = await runPolicy(news, state, "update", context);
    await dropLeavers(state, outputs, context);
    return outputs;
  },
  delete: removePolicy,
};

async function diff(_id: string, state: Values, news: Values, context: Context): Promise<DiffResult> {
  const { updates, replaces } = diffFields(policyFields, state, news);
  const unknown = [news.schedule, news.timeZone, news.triggers, news.connection].some(hasUnknown);
  const inputs = policyInputs(news);
  const known = state as PolicyState;
  const due = !unknown && replaces.length === 0 ? dueNow(known, inputs, context.now?.() ?? Date.now()) : undefined;
  const looks = due !== undefined || (updates.includes("targets") && !unknown);
  if (looks && replaces.length === 0 && context.memory.wasPlanned(ownerOf(news, context))) {
    const findings = await forecast(inputs, known, context.hypervisor(inputs.connection), context);
    for (const message of warningsOfFindings(findings)) context.report({ message, severity: "warning" });
    throwRefusals(findings, `update series ${inputs.label}`);
  }
  if (updates.length === 0 && replaces.length === 0) {
    if (due !== undefined || known.unfinished !== undefined) updates.push("takenAt");
    else if (known.unpruned) updates.push("pruned");
  }
  return { updates, replaces, deleteBeforeReplace: false };
}

/** Looks at the series on every VM. Undefined only when the platform positively says that all the VMs are gone. */
async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const { installation, members } = state as PolicyState;
  const inputs = policyInputs(state);
  if (members === undefined) {
    throw new SnapstateError({
      kind: "unsupported",
      doing: `read the policy ${id}`,
      answered: "a policy cannot be read from its id alone",
      hint: "Declare it with the same name, label and targets: it finds its series by itself",
    });
  }
  const hypervisor = context.hypervisor(inputs.connection);
  const call = readCall(inputs, context);
  await sameInstallation(hypervisor, installation, call);
  const job = { inputs, known: knownMarkers(state as PolicyState) };
  const found = await Promise.all(
    members.map(async (member): Promise<Member | undefined> => {
      try {
        return memberOf(job, await hypervisor.inspect(inputs.kind, member.targetId, call, { freshness: "recent" }));
      } catch (error) {
        if (isSnapstateError(error, "not-found")) return undefined;
        throw error;
      }
    }),
  );
  if (found.every((member) => member === undefined)) return undefined;
  const now = found.map((member, index) => member ?? { ...(members[index] as Member), snapshots: [] });
  const given = Object.keys(policyFields).flatMap((key) => (state[key] === undefined ? [] : [[key, state[key]]]));
  return { id, outputs: { ...state, members: now }, inputs: Object.fromEntries(given) };
}
