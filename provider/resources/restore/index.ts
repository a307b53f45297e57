import { asSnapstateError, isSnapstateError } from "../../core/errors";
import { checkFields } from "../../schema/fields";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { parseId } from "../shared/ids";
import {
  type Context,
  type Created,
  type Lifecycle,
  partialState,
  type ReadResult,
  type Values,
} from "../shared/lifecycle";
import { lifecycleOf } from "../shared/plan";
import { restoreFields } from "./fields";
import { forgetRevert } from "./forget";
import { emptyRecord, isRevertDue, type RestoreState, restoreInputs } from "./inputs";
import { restorePlanning } from "./plan";
import { createWithoutRevert, type Reverted, recordOf, revertTarget } from "./run";

/** Reverts a VM to a snapshot, once for each change of its triggers. Deleting the resource does not change the VM. */
export const restore: Lifecycle = lifecycleOf(restorePlanning, {
  type: "Restore",
  description:
    "Reverts a VM to a snapshot, once for each change of `triggers`. A refresh never reverts, and deleting the resource does not change the VM.",
  create: (inputs, context) =>
    run(inputs, () =>
      isRevertDue(undefined, inputs)
        ? revertTarget(restoreInputs(inputs), {}, "create", context)
        : createWithoutRevert(restoreInputs(inputs), context),
    ),
  read,
  update,
  delete: async (id, state, context) => {
    const { runs = 0, unfinished } = state as RestoreState;
    if (state.marker === undefined || (runs === 0 && unfinished === undefined)) return;
    const { connection, kind } = restoreInputs(state);
    await forgetRevert({ ...(state as RestoreState), connection, kind, targetId: parseId(id).target }, context);
  },
});

async function run(values: Values, work: () => Promise<Reverted>): Promise<Created> {
  try {
    const { id, place, record } = await work();
    return { id, outputs: { ...values, ...place, ...record } };
  } catch (error) {
    throw partialState(values, error);
  }
}

async function update(_id: string, state: Values, news: Values, context: Context): Promise<Values> {
  if (isRevertDue(state, news)) {
    return (await run(news, () => revertTarget(restoreInputs(news), state, "update", context))).outputs;
  }
  const { platform, installation, targetId, targetName } = state;
  return { ...news, platform, installation, targetId, targetName, ...recordOf(state) };
}

/** The record of past reverts stays valid even if the VM is deleted, so a read keeps it and never reverts. */
async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const imported = state.runs === undefined;
  const given = Object.fromEntries(
    Object.keys(restoreFields).flatMap((key) => (state[key] === undefined ? [] : [[key, state[key]]])),
  );
  const { inputs } = checkFields(restoreFields, { connection: parsed.connection, target: parsed.target, ...given });
  const { connection, kind, timeouts } = restoreInputs(inputs);
  const driver = context.driver(connection);
  const call = beginOperation("read", timeouts, `read VM ${String(state.targetName ?? parsed.target)}`, context);
  const known = (state as RestoreState).installation;
  const installation = await sameInstallation(driver, known, call);
  const before = imported
    ? { ...emptyRecord, imported, platform: driver.platform, installation, targetId: parsed.target }
    : {};
  const outputs = { ...state, ...before, ...inputs };
  try {
    const { target } = await driver.inspect(kind, parsed.target, call, { freshness: "recent" });
    return { id, outputs: { ...outputs, targetName: target.name }, inputs };
  } catch (error) {
    if (!isSnapstateError(error, "not-found")) throw error;
    if (imported) return undefined;
    const { message } = asSnapstateError(error, call.operation);
    call.report({ message: `${message} The record of its revert is kept.`, severity: "warning" });
    return { id, outputs, inputs };
  }
}
