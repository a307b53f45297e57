import { isSnapstateError, SnapstateError } from "../../core/errors";
import { sameInstallation } from "../shared/begin-operation";
import { refuseHeld } from "../shared/hold";
import { type Context, type Lifecycle, partialState, type ReadResult, type Values } from "../shared/lifecycle";
import { lifecycleOf } from "../shared/plan";
import { policyFields } from "./fields";
import { type Member, type PolicyState, policyInputs, seriesOf } from "./inputs";
import { policyPlanning } from "./plan";
import { removeDepartedMembers, removePolicy } from "./remove";
import { policyId, readCall, runPolicy } from "./run";
import { knownMarkers, memberOf } from "./series";

/** A labelled series of snapshots on a group of VMs, with retention. */
export const snapshotPolicy: Lifecycle = lifecycleOf(policyPlanning, {
  type: "SnapshotPolicy",
  description: "A labelled series of snapshots on a group of VMs, with retention. Prunes only its own snapshots.",
  create: (inputs, context) => run(inputs, undefined, "create", context),
  read,
  update: async (_id, state, news, context) => {
    const { outputs, record } = await run(news, state, "update", context);
    await removeDepartedMembers(state, policyInputs(news), record, context);
    return outputs;
  },
  delete: removePolicy,
  keyOf: (state) => seriesOf(policyInputs(state)),
  refuseDelete: refuseHeld,
});

async function run(values: Values, state: Values | undefined, operation: "create" | "update", context: Context) {
  const inputs = policyInputs(values);
  try {
    const { record, takenOver } = await runPolicy(inputs, state, operation, context);
    const outputs = { ...values, ...record };
    return { id: policyId(inputs), outputs, record, ...(takenOver && { takenOver: seriesOf(inputs) }) };
  } catch (error) {
    throw partialState(values, error);
  }
}

/** Reads the series on every VM. Undefined only if the platform proves that none of the VMs exists. */
async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const { installation, members } = state as PolicyState;
  const inputs = policyInputs(state);
  if (members === undefined) {
    throw new SnapstateError({
      kind: "unsupported",
      operation: `read the policy ${id}`,
      detail: "a policy cannot be read from its id alone",
      hint: "Declare it with the same name, label and targets: it finds its series",
    });
  }
  const driver = context.driver(inputs.connection);
  const call = readCall(inputs, context);
  await sameInstallation(driver, installation, call);
  const job = { inputs, known: knownMarkers(state as PolicyState) };
  const found = await Promise.all(
    members.map(async (member): Promise<Member | undefined> => {
      try {
        return memberOf(job, await driver.inspect(inputs.kind, member.targetId, call, { freshness: "recent" }));
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
